# bash completion for holdfastctl(1)

# Names of upstreams, from the daemon if it can be asked.
_holdfastctl_upstreams() {
  holdfastctl --json status 2>/dev/null |
    grep -o '"upstreams":\[.*' | grep -o '"name":"[^"]*"' | cut -d'"' -f4
}

_holdfastctl() {
  local commands='status why force-up force-down force-auto flush holds release timeline reload
    check-config log-level takeover giveback ens'
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --socket) ((i++)) ;;
      -*) ;;
      *) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  if [[ $prev == --socket || $command == check-config && $cur != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    return
  fi
  case $command in
    '') words="$commands --json --socket --help --version" ;;
    force-up | force-down) words="--for $(_holdfastctl_upstreams)" ;;
    force-auto) words=$(_holdfastctl_upstreams) ;;
    flush) words=--zone ;;
    timeline)
      words='--since --kind --follow'
      [[ $prev == --kind ]] && words='state failover failback panic hold drill reload resolv_conf store'
      ;;
    reload) words=--force ;;
    takeover) words='--dry-run --resume --container-address --verify --config' ;;
    giveback) words='--dry-run --until-start' ;;
    log-level) words='error warning info debug' ;;
    ens) words='normalize namehash --stdin' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words --json --help" -- "$cur")
}

complete -F _holdfastctl holdfastctl

# bash completion for holdfastctl(1)

# Names of upstreams, from the daemon if it can be asked.
_holdfastctl_upstreams() {
  holdfastctl --json status 2>/dev/null |
    grep -o '"upstreams":\[.*' | grep -o '"name":"[^"]*"' | cut -d'"' -f4
}

_holdfastctl() {
  local commands='status why force-up force-down force-auto flush holds release timeline drill reload
    check-config audit log-level takeover giveback ens'
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --socket) ((i++)) ;;
      -*) ;;
      *) command=${COMP_WORDS[i]}; break ;;
    esac
  done
  if [[ $prev == --socket || ( $command == check-config || $command == audit ) && $cur != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    return
  fi
  case $command in
    '') words="$commands --json --socket --help --version" ;;
    force-up | force-down) words="--for $(_holdfastctl_upstreams)" ;;
    force-auto) words=$(_holdfastctl_upstreams) ;;
    flush) words=--zone ;;
    drill)
      words='start list stop report'
      case " ${COMP_WORDS[*]} " in
        *' start '*) words='--provider --mode --percent --for --route --abort-above --delay --pack
          --dry-run --force --wait' ;;
        *' list '* | *' stop '* | *' report '*) words='' ;;
      esac
      [[ $prev == --mode ]] && words='timeout servfail refused nxdomain empty slow loss'
      [[ $prev == --pack ]] && words='seoul-2018 us-east-1-2012 stale-2012 empty-answer dynamodb-2025
        total-blackout flapping eni-throttle'
      ;;
    timeline)
      words='--since --kind --follow'
      [[ $prev == --kind ]] && words='state failover failback panic hold drill reload resolv_conf store'
      ;;
    reload) words=--force ;;
    audit) words=--simulate ;;
    takeover) words='--dry-run --resume --container-address --container-network --verify --config' ;;
    giveback) words='--dry-run --until-start' ;;
    log-level) words='error warning info debug' ;;
    ens) words='normalize namehash publish-plan check --stdin --name --zone --file --config --upstream
        --resolver --from --max-gas --clear --offline' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words --json --help" -- "$cur")
}

complete -F _holdfastctl holdfastctl

// Plays scenario files and prints, for each that fails, what was expected, what was found, and the
// event log.
//
//   scenario_runner [--set FIELD=VALUE]... [--seed N] [--log LINES] [--quiet] [--first]
//                   [--figures] FILE...
//
// --set overrides a value of the failover policy by its name, in every file and whatever the file
// says; --log prints so many lines of the event log also where all holds; --first ends with the
// first file that fails; --figures prints those of each story that has some, as JSON. Exit code: 0
// all hold, 1 some do not, 2 bad usage or a file that cannot be read.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tests/scenario/play.h"
#include "tests/scenario/story_parser.h"
#include "tests/scenario/words.h"

namespace holdfast::scenario {
namespace {

struct Options {
  std::vector<std::pair<std::string, std::string>> sets;
  std::vector<std::string> files;
  PlayOptions play;
  bool quiet = false;
  bool first = false;  // one failure is enough
  bool figures = false;
};

Options read_options(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool takes = words[i] == "--set" || words[i] == "--seed" || words[i] == "--log";
    if (takes && i + 1 == words.size()) throw Mistake(words[i] + " wants a value");
    if (words[i] == "--set") {
      const std::string& set = words[++i];
      const auto equals = set.find('=');
      if (equals == std::string::npos) throw Mistake("--set FIELD=VALUE");
      options.sets.emplace_back(set.substr(0, equals), set.substr(equals + 1));
    } else if (words[i] == "--seed") {
      options.play.seed = std::stoull(words[++i]);
    } else if (words[i] == "--log") {
      options.play.log_lines = std::stoull(words[++i]);
      options.play.log_always = true;
    } else if (words[i] == "--first") {
      options.first = true;
    } else if (words[i] == "--figures") {
      options.figures = true;
    } else if (words[i] == "--quiet") {
      options.quiet = true;
    } else {
      options.files.push_back(words[i]);
    }
  }
  return options;
}

/// True if the story holds.
bool run_file(const std::string& file, const Options& options) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Mistake("cannot be read");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Story story = parse_story(text);
  for (const auto& [name, value] : options.sets)
    set_policy(story.config.policy, name, value);
  const Outcomes outcomes = play(story, options.play);
  if (options.figures && !outcomes.figures.empty()) {
    std::printf("figures %s %s\n", file.c_str(), outcomes.figures.c_str());
  }
  if (outcomes.failures.empty()) {
    if (!options.quiet) std::printf("ok      %s\n%s", file.c_str(), outcomes.log.c_str());
    return true;
  }
  std::printf("FAILED  %s: %s\n", file.c_str(), story.prose.c_str());
  if (options.quiet) return false;
  for (const std::string& failure : outcomes.failures)
    std::printf("    %s\n", failure.c_str());
  std::printf("%s", outcomes.log.c_str());
  return false;
}

int run(const Options& options) {
  int code = 0;
  for (const std::string& file : options.files) {
    if (options.first && code == 1) break;
    try {
      if (!run_file(file, options)) code = code == 0 ? 1 : code;
    } catch (const std::exception& error) {
      std::printf("BROKEN  %s: %s\n", file.c_str(), error.what());
      code = 2;
    }
  }
  return code;
}

}  // namespace
}  // namespace holdfast::scenario

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    return holdfast::scenario::run(holdfast::scenario::read_options(words));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "scenario_runner: %s\n", error.what());
    return 2;
  }
}

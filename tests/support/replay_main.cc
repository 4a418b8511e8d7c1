// Runs the files of a corpus through a fuzz target, so that every input that once mattered is tried
// in each ordinary build, with its sanitizers. Not a fuzzer: it makes up nothing.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace {

namespace fs = std::filesystem;

void replay(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(in),
                               std::istreambuf_iterator<char>()};
  // An exact-size copy: AddressSanitizer then sees a read of even one byte past the end.
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  std::printf("replay %s (%zu bytes)\n", file.c_str(), bytes.size());
  std::fflush(stdout);  // the name must be out before a crash
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

// Usage: replay_<target> CORPUS_DIR_OR_FILE... ; an empty corpus is a failure, so that a mistyped
// path cannot pass.
int main(int argc, char** argv) {
  std::size_t count = 0;
  for (int i = 1; i < argc; ++i) {
    const fs::path path(argv[i]);
    if (fs::is_regular_file(path)) {
      replay(path);
      ++count;
      continue;
    }
    if (!fs::is_directory(path)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (!entry.is_regular_file()) continue;
      replay(entry.path());
      ++count;
    }
  }
  LLVMFuzzerTestOneInput(nullptr, 0);
  std::printf("%zu inputs replayed\n", count);
  return count == 0 ? 1 : 0;
}

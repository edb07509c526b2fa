#pragma once
// What a verb is: a name, a sentence, its options, and what it does. One file a verb; verbs.cpp lists them.

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_pool.h"

namespace godwit {

/// Where a verb declares its options: a thin face of the option parser, so that its header is compiled once. `names` is
/// "-n,--count" or, without a dash, a positional. Each target keeps its value as the default.
class Options {
 public:
  virtual ~Options() = default;
  virtual void text(const char* names, std::string& target, const std::string& help) = 0;
  virtual void optional_text(const char* names, std::optional<std::string>& target, const std::string& help) = 0;
  virtual void texts(const char* names, std::vector<std::string>& target, const std::string& help) = 0;
  virtual void required(const char* names, std::string& target, const std::string& help) = 0;
  virtual void choice(const char* names, std::string& target, const std::vector<std::string>& from,
                      const std::string& help) = 0;
  virtual void integer(const char* names, std::int64_t& target, std::int64_t least, std::int64_t most,
                       const std::string& help) = 0;
  virtual void real(const char* names, double& target, double least, double most, const std::string& help) = 0;
  virtual void optional_real(const char* names, std::optional<double>& target, double least, double most,
                             const std::string& help) = 0;
  virtual void flag(const char* names, bool& target, const std::string& help) = 0;
};

/// What every verb gets: the options that all share.
struct Common {
  bool json = false;
  bool quiet = false;
  std::int64_t threads = 0;  // 0: as many as this process may run on

  void declare(Options& options);
  [[nodiscard]] ThreadPool pool() const { return ThreadPool(static_cast<int>(threads)); }
};

struct Verb {
  virtual ~Verb() = default;
  [[nodiscard]] virtual const char* name() const = 0;
  [[nodiscard]] virtual const char* sentence() const = 0;  // "Generate text from a prompt."
  virtual void declare(Options& options) = 0;
  /// For the installation, not for people: --help does not list it.
  [[nodiscard]] virtual bool hidden() const { return false; }
  /// Returns the exit code: 0, or 1 where a comparison failed. Throws UserError for the user's mistakes. With
  /// common.json it prints one JSON object on standard output and nothing else there.
  virtual int run(const Common& common) = 0;
};

/// All verbs in the order of the journey (verbs.cpp).
std::vector<std::unique_ptr<Verb>> all_verbs();

/// The program: parses, runs one verb, turns UserError into a message and exit code 2.
int godwit_main(int argc, const char* const* argv);

}  // namespace godwit

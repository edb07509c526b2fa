#include "cli/machine_facts.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fmt/core.h>
#include <sched.h>
#include <sstream>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"

namespace godwit {
namespace {

/// What stands after `key` and `between` in a line of a text file; empty if there is no such line or file.
std::string entry(const char* file, std::string_view key, std::string_view between) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return {};
  std::istringstream lines(read_text(file));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find(between);
    if (!line.starts_with(key) || at == std::string::npos) continue;
    line.erase(0, at + between.size());
    std::erase(line, '"');
    return line;
  }
  return {};
}

int cores() {
  cpu_set_t mine;
  if (::sched_getaffinity(0, sizeof mine, &mine) != 0) return 1;
  return CPU_COUNT(&mine);
}

int memory_gib() {
  const double bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return static_cast<int>(std::lround(bytes / (1U << 30U)));
}

std::string system_name() {
  utsname kernel = {};
  const bool known = ::uname(&kernel) == 0;
  return fmt::format("{}, {} {}", entry("/etc/os-release", "PRETTY_NAME", "="), known ? kernel.sysname : "",
                     known ? kernel.release : "");
}

/// Seconds that all cores together were busy since they started: user, nice, system, irq, softirq of /proc/stat.
double busy_seconds() {
  std::istringstream line(entry("/proc/stat", "cpu ", "cpu "));
  double user = 0;
  double nice = 0;
  double system = 0;
  double idle = 0;
  double wait = 0;
  double irq = 0;
  double softirq = 0;
  line >> user >> nice >> system >> idle >> wait >> irq >> softirq;
  return (user + nice + system + irq + softirq) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double own_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

MachineFacts machine_facts() {
  MachineFacts facts{.cpu = entry("/proc/cpuinfo", "model name", ": "),
                     .cores = cores(),
                     .memory_gib = memory_gib(),
                     .os = system_name()};
  if (facts.cpu.empty()) facts.cpu = "this processor";
  return facts;
}

std::string program_digest() {
  const auto file = MappedFile::open(std::filesystem::read_symlink("/proc/self/exe"));
  std::uint64_t digest = 0;
  for (const std::byte b : file->bytes())
    digest = (digest ^ static_cast<std::uint64_t>(b)) * 0x100000001B3U;  // FNV-1a's step
  return fmt::format("{:08x}", mix64(digest) >> 32U);
}

OtherLoad::OtherLoad() : busy_(busy_seconds()), own_(own_seconds()), wall_(wall_seconds()) {}

double OtherLoad::share() const {
  const double all = busy_seconds() - busy_;
  const double own = own_seconds() - own_;
  const double wall = wall_seconds() - wall_;
  const auto processors = static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
  return wall > 0 ? std::clamp((all - own) / (wall * processors), 0.0, 1.0) : 0;
}

}  // namespace godwit

#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <sched.h>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"

namespace godwit {
namespace {

constexpr int spins_before_sleep = 2000;

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

struct ThreadPool::State {
  std::vector<std::thread> workers;
  std::atomic<unsigned> generation = 0;  // raised once for every loop, and once to stop
  std::atomic<int> running = 0;          // workers that have not finished the current loop
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::condition_variable wake;
  const std::function<void(std::size_t, std::size_t)>* body = nullptr;
  std::size_t count = 0;
  std::size_t grain = 1;
  std::mutex failure_mutex;
  std::exception_ptr failure;

  void run_piece(std::size_t piece) {
    const std::size_t pieces = workers.size() + 1;
    const std::size_t grains = (count + grain - 1) / grain;
    const std::size_t begin = std::min(count, grains * piece / pieces * grain);
    const std::size_t end = std::min(count, grains * (piece + 1) / pieces * grain);
    if (begin == end) return;
    try {
      (*body)(begin, end);
    } catch (...) {
      const std::scoped_lock lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  }

  void wait_for_work(unsigned seen) {
    for (int i = 0; i < spins_before_sleep; ++i) {
      if (generation.load(std::memory_order_acquire) != seen) return;
      pause();
    }
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return generation.load(std::memory_order_acquire) != seen; });
  }

  void announce() {
    {
      const std::scoped_lock lock(mutex);
      generation.fetch_add(1, std::memory_order_release);
    }
    wake.notify_all();
  }

  void worker(std::size_t piece) {
    for (unsigned seen = 0;;) {
      wait_for_work(seen);
      ++seen;
      if (stop.load(std::memory_order_acquire)) return;
      run_piece(piece);
      running.fetch_sub(1, std::memory_order_release);
    }
  }

  void finish() {
    stop.store(true, std::memory_order_release);
    announce();
    for (auto& one : workers) {
      if (one.joinable()) one.join();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  const int wanted = threads > 0 ? threads : usable_processors();
  // All slots exist before the first worker starts, because workers read the size.
  state_->workers.resize(static_cast<std::size_t>(wanted - 1));
  try {
    for (std::size_t i = 0; i < state_->workers.size(); ++i) {
      state_->workers[i] = std::thread([this, i] { state_->worker(i + 1); });
    }
  } catch (const std::system_error& error) {
    state_->finish();
    throw UserError({.what = std::string("cannot start the threads: ") + error.what(),
                     .where = "",
                     .expected = fmt::format("room for {} threads", wanted),
                     .remedy = "ask for fewer with --threads"});
  }
}

ThreadPool::~ThreadPool() {
  state_->finish();
}

int ThreadPool::threads() const {
  return static_cast<int>(state_->workers.size()) + 1;
}

void ThreadPool::parallel_for(std::size_t count, std::size_t grain,
                              const std::function<void(std::size_t, std::size_t)>& body) {
  ensure(grain > 0, "a grain of zero");
  if (state_->workers.empty() || count <= grain) {
    if (count > 0) body(0, count);
    return;
  }
  state_->body = &body;
  state_->count = count;
  state_->grain = grain;
  state_->failure = nullptr;
  state_->running.store(static_cast<int>(state_->workers.size()), std::memory_order_release);
  state_->announce();
  state_->run_piece(0);
  for (int spins = 0; state_->running.load(std::memory_order_acquire) != 0; ++spins) {
    if (spins < spins_before_sleep) {
      pause();
    } else {
      std::this_thread::yield();  // a worker lost its processor: let it have this one
    }
  }
  if (state_->failure) std::rethrow_exception(state_->failure);
}

}  // namespace godwit

#pragma once
// A fixed set of threads for loops whose parts take microseconds to milliseconds. Workers spin for a moment before
// they sleep, because decode calls them several hundred times a token.

#include <cstddef>
#include <functional>
#include <memory>

namespace godwit {

class ThreadPool {
 public:
  /// `threads` counts the caller; 0 means as many as this process may run on. Throws UserError if the system refuses
  /// that many.
  explicit ThreadPool(int threads = 0);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  [[nodiscard]] int threads() const;

  /// Calls body(begin, end) over disjoint pieces that cover [0, count), each a multiple of `grain` long but the last.
  /// The pieces do not depend on timing: thread t always gets the t-th. Returns when all are done; the first exception
  /// of a body comes out. Not reentrant.
  void parallel_for(std::size_t count, std::size_t grain, const std::function<void(std::size_t, std::size_t)>& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace godwit

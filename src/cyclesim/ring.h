#pragma once
// A queue in one piece of memory: what std::deque does with a piece for every few entries. It grows when it is full.

#include <cstddef>
#include <utility>
#include <vector>

namespace godwit::cyclesim {

template <class T>
class Ring {
 public:
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  /// The oldest, the youngest; there must be one.
  [[nodiscard]] T& front() { return places_[begin_ & mask()]; }
  [[nodiscard]] const T& front() const { return places_[begin_ & mask()]; }
  [[nodiscard]] const T& back() const { return places_[(end_ - 1) & mask()]; }
  /// Counted from the oldest on.
  [[nodiscard]] const T& operator[](std::size_t i) const { return places_[(begin_ + i) & mask()]; }

  void push_back(T entry) {
    if (size() == places_.size()) grow();
    places_[end_++ & mask()] = std::move(entry);
  }
  void pop_front() { ++begin_; }

 private:
  [[nodiscard]] std::size_t mask() const { return places_.size() - 1; }
  void grow() {
    std::vector<T> more(2 * places_.size());
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) more[i] = std::move(places_[(begin_ + i) & mask()]);
    places_ = std::move(more);
    begin_ = 0;
    end_ = count;
  }

  std::vector<T> places_ = std::vector<T>(8);  // a power of two
  std::size_t begin_ = 0;                      // of the oldest; both only rise
  std::size_t end_ = 0;
};

}  // namespace godwit::cyclesim

// A value that is made once, never changes, and is shared by its owners.
#ifndef TIERWISE_CORE_SHARED_VALUE_HPP
#define TIERWISE_CORE_SHARED_VALUE_HPP

#include <cstdint>
#include <utility>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI {

namespace detail {

struct shared_block {
  void (*destroy)(shared_block*) noexcept;
  std::int64_t owners = 1;
};
void retain(shared_block* block) noexcept;
void release(shared_block* block) noexcept;

template <class T>
struct shared_holder : shared_block {
  T value;
  explicit shared_holder(T&& from) : shared_block{&shared_holder::remove}, value(std::move(from)) {}
  static void remove(shared_block* block) noexcept { delete static_cast<shared_holder*>(block); }
};

}  // namespace detail

/// What std::shared_ptr<const T> does, for a T that its header need not define, at a thousandth of the cost to whoever
/// includes it: <memory> is 28,000 lines with GCC 12. Owners may live on different threads.
template <class T>
class shared_value {
 public:
  shared_value() noexcept = default;
  explicit shared_value(T value) {
    auto* holder = new detail::shared_holder<T>(std::move(value));
    value_ = &holder->value;
    block_ = holder;
  }
  shared_value(const shared_value& other) noexcept : value_(other.value_), block_(other.block_) {
    detail::retain(block_);
  }
  shared_value(shared_value&& other) noexcept
      : value_(std::exchange(other.value_, nullptr)), block_(std::exchange(other.block_, nullptr)) {}
  shared_value& operator=(shared_value other) noexcept {
    std::swap(value_, other.value_);
    std::swap(block_, other.block_);
    return *this;
  }
  ~shared_value() { detail::release(block_); }

  explicit operator bool() const noexcept { return value_ != nullptr; }
  /// The value. Precondition: there is one.
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] const T* operator->() const noexcept { return value_; }

 private:
  const T* value_ = nullptr;
  detail::shared_block* block_ = nullptr;
};

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/shared_value.ipp>
#endif
#endif

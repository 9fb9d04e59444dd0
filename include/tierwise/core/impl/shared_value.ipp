#include <atomic>

#include <tierwise/core/shared_value.hpp>

namespace tierwise::inline TIERWISE_ABI::detail {

TIERWISE_INLINE void retain(shared_block* block) noexcept {
  if (block != nullptr) std::atomic_ref(block->owners).fetch_add(1, std::memory_order_relaxed);
}

TIERWISE_INLINE void release(shared_block* block) noexcept {
  // acq_rel: whoever destroys the value must see everything that the other owners did with it before.
  if (block != nullptr && std::atomic_ref(block->owners).fetch_sub(1, std::memory_order_acq_rel) == 1)
    block->destroy(block);
}

}  // namespace tierwise

// The bodies of policy, compiled once. They see JSON, so no header includes them, in either mode: with TIERWISE_HEADER_ONLY
// (the tests alone build the runtime so) the other rooms are inline, and these are ordinary functions all the same.
#include <tierwise/tierwise.hpp>

#undef TIERWISE_INLINE
#define TIERWISE_INLINE
#include <tierwise/policy/impl/policy.ipp>

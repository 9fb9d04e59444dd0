// Compiles the bodies of room policy (tierwise::runtime).
#include <tierwise/policy/impl/policy.ipp>

// The bodies of model, compiled once (part of the runtime).
#include <tierwise/model/engine.hpp>

#if !TIERWISE_HEADER_ONLY
#include <tierwise/model/impl/engine.ipp>
#endif

// The bodies of model, compiled once (part of the runtime).
#include <tierwise/model/impl/engine.ipp>

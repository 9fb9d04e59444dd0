// The bodies of propensity, compiled once.
#include <tierwise/propensity/impl/history.ipp>
#include <tierwise/propensity/impl/pooled.ipp>

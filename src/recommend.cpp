// The bodies of recommend, compiled once.
#include <tierwise/recommend/impl/check.ipp>
#include <tierwise/recommend/impl/consent.ipp>
#include <tierwise/recommend/impl/contact_policy.ipp>
#include <tierwise/recommend/impl/decide.ipp>
#include <tierwise/recommend/impl/engine.ipp>
#include <tierwise/recommend/impl/reason.ipp>

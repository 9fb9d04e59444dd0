// The bodies of segment, compiled once.
#include <tierwise/segment/impl/breaks.ipp>
#include <tierwise/segment/impl/classify.ipp>
#include <tierwise/segment/impl/dictionary.ipp>
#include <tierwise/segment/impl/explain.ipp>
#include <tierwise/segment/impl/policy.ipp>
#include <tierwise/segment/impl/population.ipp>
#include <tierwise/segment/impl/segment.ipp>
#include <tierwise/segment/impl/change.ipp>

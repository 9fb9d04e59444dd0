// The bodies of segment, compiled once.
#include <tierwise/segment/impl/allocation.ipp>
#include <tierwise/segment/impl/breaks.ipp>
#include <tierwise/segment/impl/change.ipp>
#include <tierwise/segment/impl/classify.ipp>
#include <tierwise/segment/impl/confidence.ipp>
#include <tierwise/segment/impl/dictionary.ipp>
#include <tierwise/segment/impl/drift.ipp>
#include <tierwise/segment/impl/explain.ipp>
#include <tierwise/segment/impl/exploratory.ipp>
#include <tierwise/segment/impl/migration.ipp>
#include <tierwise/segment/impl/policy.ipp>
#include <tierwise/segment/impl/population.ipp>
#include <tierwise/segment/impl/segment.ipp>
#include <tierwise/segment/impl/sensitivity.ipp>
#include <tierwise/segment/impl/settle.ipp>
#include <tierwise/segment/impl/stability.ipp>
#include <tierwise/segment/impl/steps.ipp>

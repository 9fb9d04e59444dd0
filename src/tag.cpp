// Compiles the bodies of room tag.
#include <tierwise/tag/impl/rule.ipp>
#include <tierwise/tag/impl/tag.ipp>
#include <tierwise/tag/impl/count.ipp>
#include <tierwise/tag/impl/since.ipp>
#include <tierwise/tag/impl/update.ipp>
#include <tierwise/tag/impl/trace.ipp>
#include <tierwise/tag/impl/statements.ipp>
#include <tierwise/tag/impl/provenance.ipp>
#include <tierwise/tag/impl/changes.ipp>

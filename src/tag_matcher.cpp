// Compiles the bodies of tag that read texts.
#include <tierwise/tag/impl/matcher.ipp>
#include <tierwise/tag/impl/matcher_terms.ipp>

// Compiles the bodies of tag that learn what doctors prefer.
#include <tierwise/tag/impl/affinity.ipp>
#include <tierwise/tag/impl/affinity_fit.ipp>

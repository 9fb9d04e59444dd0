// Compiles what studies tags: their quality, and the privacy of what is published of them.
#include <tierwise/tag/impl/privacy.ipp>
#include <tierwise/tag/impl/quality.ipp>

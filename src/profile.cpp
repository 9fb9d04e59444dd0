#include <tierwise/profile/impl/profile.ipp>

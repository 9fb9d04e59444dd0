#include <tierwise/simulate/impl/territory.ipp>

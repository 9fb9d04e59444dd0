// The bodies of segment that say who is about to move, compiled once. Training apart, in segment_forecast_fit.cpp.
#include <tierwise/segment/impl/forecast.ipp>
#include <tierwise/segment/impl/movers.ipp>
#include <tierwise/segment/impl/trend.ipp>

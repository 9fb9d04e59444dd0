// Training of forecast models, compiled once; an object file of its own, so that a program that only serves does not link it.
#include <tierwise/segment/impl/forecast_fit.ipp>

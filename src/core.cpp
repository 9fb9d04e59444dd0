// The bodies of core, compiled once.
#include <tierwise/core/impl/column.ipp>
#include <tierwise/core/impl/date.ipp>
#include <tierwise/core/impl/date_column.ipp>
#include <tierwise/core/impl/error.ipp>
#include <tierwise/core/impl/exact_sum.ipp>
#include <tierwise/core/impl/id_index.ipp>
#include <tierwise/core/impl/quantiles.ipp>
#include <tierwise/core/impl/shared_value.ipp>
#include <tierwise/core/impl/summary.ipp>
#include <tierwise/core/impl/summary_bytes.ipp>
#include <tierwise/core/impl/table.ipp>

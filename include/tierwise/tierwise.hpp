// What a program calls that places doctors and decides. Included by their own headers: what touches files, the simulator, and
// what studies or trains on a population; their first lines say so. `./dev lint --fix` writes this list.
#ifndef TIERWISE_TIERWISE_HPP
#define TIERWISE_TIERWISE_HPP

#include <tierwise/core/bits.hpp>
#include <tierwise/core/column.hpp>
#include <tierwise/core/config.hpp>
#include <tierwise/core/date.hpp>
#include <tierwise/core/date_column.hpp>
#include <tierwise/core/error.hpp>
#include <tierwise/core/exact_sum.hpp>
#include <tierwise/core/executor.hpp>
#include <tierwise/core/id_index.hpp>
#include <tierwise/core/language.hpp>
#include <tierwise/core/quantiles.hpp>
#include <tierwise/core/random.hpp>
#include <tierwise/core/result.hpp>
#include <tierwise/core/shared_value.hpp>
#include <tierwise/core/summary.hpp>
#include <tierwise/core/table.hpp>
#include <tierwise/profile/profile.hpp>
#include <tierwise/segment/allocation.hpp>
#include <tierwise/segment/breaks.hpp>
#include <tierwise/segment/change.hpp>
#include <tierwise/segment/classify.hpp>
#include <tierwise/segment/dictionary.hpp>
#include <tierwise/segment/exploratory.hpp>
#include <tierwise/segment/forecast.hpp>
#include <tierwise/segment/movers.hpp>
#include <tierwise/segment/policy.hpp>
#include <tierwise/segment/segment.hpp>
#include <tierwise/segment/settle.hpp>
#include <tierwise/segment/stability.hpp>
#include <tierwise/segment/steps.hpp>
#include <tierwise/segment/trend.hpp>
#include <tierwise/tag/changes.hpp>
#include <tierwise/tag/count.hpp>
#include <tierwise/tag/provenance.hpp>
#include <tierwise/tag/rule.hpp>
#include <tierwise/tag/since.hpp>
#include <tierwise/tag/statements.hpp>
#include <tierwise/tag/tag.hpp>
#include <tierwise/tag/update.hpp>
#include <tierwise/propensity/history.hpp>
#include <tierwise/propensity/pooled.hpp>
#include <tierwise/recommend/engine.hpp>
#include <tierwise/recommend/policy.hpp>
#include <tierwise/recommend/recommend.hpp>

#endif

// All of tierwise but what touches files. `./dev lint --fix` writes this list; tests/house/layout.py checks it.
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
#include <tierwise/segment/confidence.hpp>
#include <tierwise/segment/dictionary.hpp>
#include <tierwise/segment/drift.hpp>
#include <tierwise/segment/exploratory.hpp>
#include <tierwise/segment/migration.hpp>
#include <tierwise/segment/policy.hpp>
#include <tierwise/segment/population.hpp>
#include <tierwise/segment/segment.hpp>
#include <tierwise/segment/sensitivity.hpp>
#include <tierwise/segment/settle.hpp>
#include <tierwise/segment/stability.hpp>
#include <tierwise/segment/steps.hpp>
#include <tierwise/tag/rule.hpp>
#include <tierwise/tag/since.hpp>
#include <tierwise/tag/tag.hpp>
#include <tierwise/propensity/history.hpp>
#include <tierwise/propensity/pooled.hpp>
#include <tierwise/recommend/engine.hpp>
#include <tierwise/recommend/policy.hpp>
#include <tierwise/recommend/recommend.hpp>
#include <tierwise/simulate/territory.hpp>

#endif

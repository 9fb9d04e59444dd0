// A policy plus what was fitted, made ready to decide: the whole main job in three calls. Part of tierwise::runtime.
#ifndef TIERWISE_MODEL_ENGINE_HPP
#define TIERWISE_MODEL_ENGINE_HPP

#include <string>
#include <vector>

#include <tierwise/core/shared_value.hpp>
#include <tierwise/policy/policy.hpp>
#include <tierwise/recommend/recommend.hpp>

namespace tierwise::inline TIERWISE_ABI::model {

/// A policy plus what was fitted from a population. Immutable; a value.
struct model {
  policy::policy policy;
  segment::model segments;
  propensity::pooled rates;
};

/// One row per doctor as of a date, by the policy's channels, windows and measures. Checks first that `hcps` has each attribute
/// that the policy reads, in its declared type: missing_column or wrong_type, naming the column and who reads it.
[[nodiscard]] result<profile::profile> build_profile(const policy::policy& what, const table_view& hcps,
                                                     const table_view* interactions, date as_of,
                                                     executor* threads = nullptr);

/// Learns cuts, deciles and s₀ from profiles, and acceptance rates from past suggestions (may be
/// null) up to the profiles' date.
[[nodiscard]] result<model> fit(const policy::policy& what, const profile::profile& population,
                                const table_view* history);

/// Everything about a batch of doctors. Views in it point into it and into the caller's tables, which must outlive it. Movable.
struct answer {
  profile::profile profile;
  segment::assignment segments;
  table segment_columns;  ///< segments as columns for rules
  table_view rows;  ///< profile and segment columns
  tag::tag_bits tags;  ///< of policy.tags
  propensity::history history;
  recommend::decisions decisions;
  const table_view* consents = nullptr;
  std::vector<bad_row> rejected;  ///< of all tables and steps

  /// What the decisions were made on, for recommend::reason.
  [[nodiscard]] recommend::inputs given() const noexcept;
};

/// A model made ready. Immutable; any number of threads may call `decide` at once, without a lock.
class engine {
 public:
  /// Reads the policy's rules. Errors as policy::check; none if the policy came from policy::parse.
  [[nodiscard]] static result<engine> make(model what);

  /// Tiers, tags and next best actions of every doctor in `doctors`, as of the date their profiles were built for.
  /// `consents` and `history` may be null: no consents, no past suggestions.
  /// A doctor's answer depends on the model and that doctor's own rows alone: a batch of one gives the same bytes.
  [[nodiscard]] result<answer> decide(profile::profile doctors, const table_view* consents, const table_view* history,
                                      const recommend::options& how = {}) const;

  [[nodiscard]] const model& fitted() const noexcept { return parts_->model; }
  [[nodiscard]] const tag::registry& tags() const noexcept { return parts_->tags; }
  [[nodiscard]] const recommend::engine& recommender() const noexcept { return parts_->recommend; }

 private:
  struct parts {
    struct model model;
    tag::registry tags;
    recommend::engine recommend;
  };
  explicit engine(parts made) : parts_(std::move(made)) {}

  shared_value<parts> parts_;
};

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/model/impl/engine.ipp>
#endif
#endif

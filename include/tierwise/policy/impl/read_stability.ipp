// Sections segment.stability and segment.movers: how much memory a segmentation has, and what a trend makes of a doctor. Read and
// written; what the numbers may be is checked by segment::check.

namespace tierwise::inline TIERWISE_ABI::policy::detail {

inline constexpr std::int64_t any_days = 1'000'000'000;  // for whole numbers that segment::check has more to say of

TIERWISE_INLINE void read_stability(const value& in, segment::stability& out) {
  in.object([&](object& o) {
    o.optional("volume_band").number(out.volume_band, finite);
    o.optional("score_band").number(out.score_band, finite);
    o.optional("minimum_stay_days").integer(out.minimum_stay_days, -any_days, any_days);
    o.optional("large_move").integer(out.large_move, 1, 255);
  });
}

TIERWISE_INLINE json format_stability(const segment::stability& s) {
  return {{"volume_band", number(s.volume_band)},
          {"score_band", number(s.score_band)},
          {"minimum_stay_days", s.minimum_stay_days},
          {"large_move", s.large_move}};
}

inline constexpr const char* trend_methods[] = {"least_squares", "theil_sen"};  // as segment::trend_method

TIERWISE_INLINE void read_movers(const value& in, segment::mover_policy& out) {
  in.object([&](object& o) {
    segment::trend_options& trend = out.trend;
    std::size_t method = 0;
    if (o.optional("method").one_of(method, names(std::begin(trend_methods), std::end(trend_methods))))
      trend.method = static_cast<segment::trend_method>(method);
    o.optional("unit_days").number(trend.unit_days, finite);
    o.optional("window_days").integer(trend.window_days, -any_days, any_days);
    o.optional("half_life_days").number(trend.half_life_days, finite);
    o.optional("confidence").number(trend.confidence, finite);
    o.optional("noise").number(trend.noise, finite);
    o.optional("noise_strength").integer(trend.noise_strength, -any_days, any_days);
    o.optional("least_slope").number(out.least_slope, finite);
    o.optional("least_points").integer(out.least_points, -any_days, any_days);
    o.optional("stale_days").integer(out.stale_days, -any_days, any_days);
    o.optional("once_had").number(out.once_had, finite);
    o.optional("nothing").number(out.nothing, finite);
    o.optional("low_below").number(out.low_below, finite);
  });
}

TIERWISE_INLINE json format_movers(const segment::mover_policy& m) {
  const segment::trend_options& trend = m.trend;
  json out{{"method", trend_methods[static_cast<std::size_t>(trend.method)]},
           {"unit_days", number(trend.unit_days)},
           {"window_days", trend.window_days}};
  if (std::isfinite(trend.half_life_days))
    out["half_life_days"] = number(trend.half_life_days);  // JSON has no infinity
  out["confidence"] = number(trend.confidence);
  out["noise"] = number(trend.noise);
  out["noise_strength"] = trend.noise_strength;
  out["least_slope"] = number(m.least_slope);
  out["least_points"] = m.least_points;
  out["stale_days"] = m.stale_days;
  out["once_had"] = number(m.once_had);
  out["nothing"] = number(m.nothing);
  out["low_below"] = number(m.low_below);
  return out;
}

}  // namespace tierwise

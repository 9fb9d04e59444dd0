// What a company would know of its doctors: the table of doctors, with holes.
#ifndef TIERWISE_SIMULATE_IMPL_ATTRIBUTES_IPP
#define TIERWISE_SIMULATE_IMPL_ATTRIBUTES_IPP

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <tierwise/simulate/impl/doctor.ipp>

namespace tierwise::inline TIERWISE_ABI::simulate::detail {

struct named_weight {
  std::string_view name;
  double weight;
};

// Relative frequencies are invented: no real set here has them for hospital doctors.
inline constexpr named_weight specialties[] = {
    {"Internal Medicine", 14}, {"Cardiology", 13}, {"Oncology", 11},       {"Endocrinology", 10},
    {"Neurology", 9},          {"Respiratory", 8}, {"General Surgery", 7}, {"Gastroenterology", 7},
    {"Family Medicine", 6},    {"Nephrology", 5},  {"Rheumatology", 4},    {"Urology", 3},
    {"Hematology", 2},         {"Psychiatry", 1}};
inline constexpr named_weight cities[] = {
    {"Beijing", 10}, {"Shanghai", 10}, {"Guangzhou", 7}, {"Shenzhen", 6}, {"Chengdu", 6}, {"Hangzhou", 5},
    {"Wuhan", 5},    {"Chongqing", 5}, {"Nanjing", 4},   {"Xi'an", 4},    {"Tianjin", 4}, {"Suzhou", 3},
    {"Changsha", 3}, {"Zhengzhou", 3}, {"Qingdao", 3},   {"Shenyang", 3}, {"Jinan", 2},   {"Hefei", 2},
    {"Kunming", 2},  {"Dalian", 2},    {"Fuzhou", 2},    {"Xiamen", 2},   {"Harbin", 2},  {"Nanning", 1},
    {"Guiyang", 1},  {"Lanzhou", 1},   {"Urumqi", 1},    {"Haikou", 1}};
// Best first; a doctor of higher standing has the better one.
inline constexpr std::string_view titles[] = {"chief_physician", "associate_chief_physician", "attending_physician",
                                              "resident_physician"};
inline constexpr std::string_view hospital_levels[] = {"tier_3_large", "tier_3", "tier_2", "below"};

template <std::size_t N>
std::size_t pick(random_stream& from, const named_weight (&names)[N]) {
  std::array<double, N> weights{};
  for (std::size_t i = 0; i < N; ++i) weights[i] = names[i].weight;
  return weighted(from, weights);
}

template <std::size_t N>
std::vector<std::string> names_of(const named_weight (&names)[N]) {
  std::vector<std::string> out;
  for (const named_weight& each : names) out.emplace_back(each.name);
  return out;
}

/// "S0000001" for row 0: a letter and at least `digits` digits.
TIERWISE_INLINE std::string numbered(char letter, std::size_t row, std::size_t digits) {
  std::string number = std::to_string(row + 1);
  if (number.size() < digits) number.insert(0, digits - number.size(), '0');
  return letter + number;
}

TIERWISE_INLINE std::vector<std::string> numbered_all(char letter, std::size_t count, std::size_t digits) {
  std::vector<std::string> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = numbered(letter, i, digits);
  return out;
}

TIERWISE_INLINE std::vector<std::int32_t> iota_codes(std::size_t count) {
  std::vector<std::int32_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = static_cast<std::int32_t>(i);
  return out;
}

/// City of a territory: doctors who share a representative share a city.
TIERWISE_INLINE std::size_t city_of(std::uint64_t seed, std::size_t territory) {
  random_stream stream(seed, territory, for_territory);
  return pick(stream, cities);
}

/// The visible columns, one entry a doctor.
struct attribute_columns {
  std::vector<std::int32_t> specialty, city, title, hospital, territory;
  std::array<std::vector<std::int32_t>, 4> counts;  // society_offices, trials, publications, teaching
  std::array<std::vector<std::uint8_t>, 4> valid;
  std::vector<double> volume, patients;

  explicit attribute_columns(std::size_t n)
      : specialty(n), city(n), title(n), hospital(n), territory(n), volume(n), patients(n) {
    for (auto& column : counts) column.resize(n);
    for (auto& bits : valid) bits.resize((n + 7) / 8);
  }
};

inline constexpr std::string_view count_names[] = {"society_offices", "trials", "publications", "teaching"};

TIERWISE_INLINE void fill_attributes(const options& what, std::size_t hcp, attribute_columns& out) {
  const latents of = latents_of(what.seed, hcp);
  random_stream stream(what.seed, hcp, for_attributes);
  normals normal(stream);
  constexpr double title_cuts[] = {-0.915, 0.126,
                                   0.915};    // residents 18 %, attending 37 %, associate chiefs 27 %, chiefs 18 %
  constexpr double hospital_cuts[] = {-1.036, 0.0, 0.674};  // below 15 %, tier 2 35 %, tier 3 25 %, large tier 3 25 %
  constexpr double office_cuts[] = {1.2, 1.75, 2.2};  // one office 7 %, two 3 %, three 1 %
  out.title[hcp] = 3 - class_of(0.6 * of.standing + 0.3 * of.potential + 0.62 * normal(), title_cuts);
  out.hospital[hcp] = 3 - class_of(0.55 * of.standing + 0.835 * normal(), hospital_cuts);
  const auto repute = [&] { return 0.75 * of.standing + 0.661 * normal(); };
  const std::int64_t counts[] = {class_of(repute(), office_cuts), poisson(stream, std::exp(-1.0 + 1.1 * repute())),
                                 poisson(stream, std::exp(1.2 + 1.2 * repute())),
                                 poisson(stream, std::exp(0.2 + 0.9 * repute()))};
  out.patients[hcp] = std::min(400.0, std::round(std::exp(3.6 + 0.55 * (0.6 * of.potential + 0.8 * normal()))));
  out.volume[hcp] = static_cast<double>(poisson(stream, true_volume(of)));
  out.specialty[hcp] = static_cast<std::int32_t>(pick(stream, specialties));
  out.territory[hcp] = static_cast<std::int32_t>(hcp / what.hcps_per_rep);
  out.city[hcp] = static_cast<std::int32_t>(city_of(what.seed, hcp / what.hcps_per_rep));

  // Holes come last, so that a different share of them changes nothing else.
  const auto hole = [&](double prob) { return stream.uniform() < prob; };
  if (hole(what.unknown_volume_prob)) out.volume[hcp] = missing;
  if (hole(what.missing_prob)) out.patients[hcp] = missing;
  for (auto* column : {&out.specialty, &out.city, &out.title, &out.hospital})
    if (hole(what.missing_prob)) (*column)[hcp] = -1;
  for (std::size_t c = 0; c < 4; ++c) {
    out.counts[c][hcp] = static_cast<std::int32_t>(counts[c]);
    if (!hole(what.missing_prob))
      out.valid[c][hcp / 8] = static_cast<std::uint8_t>(out.valid[c][hcp / 8] | (1u << (hcp % 8)));
  }
}

TIERWISE_INLINE table make_hcps(const options& what, executor* threads) {
  attribute_columns made(what.hcps);
  for_blocks(threads, what.hcps, 1024, [&](std::size_t begin, std::size_t end) {
    for (std::size_t hcp = begin; hcp < end; ++hcp) fill_attributes(what, hcp, made);
  });
  const std::size_t territories = (what.hcps + what.hcps_per_rep - 1) / what.hcps_per_rep;
  table out;
  out.add("hcp_id", iota_codes(what.hcps), numbered_all('S', what.hcps, 7));
  out.add("specialty", std::move(made.specialty), names_of(specialties));
  out.add("city", std::move(made.city), names_of(cities));
  out.add("title", std::move(made.title), std::vector<std::string>(std::begin(titles), std::end(titles)));
  out.add("hospital_level", std::move(made.hospital),
          std::vector<std::string>(std::begin(hospital_levels), std::end(hospital_levels)));
  for (std::size_t c = 0; c < 4; ++c)
    out.add(std::string(count_names[c]), std::move(made.counts[c]), std::move(made.valid[c]));
  out.add("patient_volume", std::move(made.volume));
  out.add("patients_per_week", std::move(made.patients));
  out.add("territory", made.territory, numbered_all('T', territories, 4));
  out.add("rep_id", std::move(made.territory), numbered_all('R', territories, 4));
  return out;
}

/// Representatives: one a territory, there since up to eight years before the first day.
TIERWISE_INLINE table make_representatives(const options& what) {
  const std::size_t count = (what.hcps + what.hcps_per_rep - 1) / what.hcps_per_rep;
  std::vector<std::int32_t> city(count), calls(count);
  std::vector<date> since(count);
  for (std::size_t i = 0; i < count; ++i) {
    random_stream stream(what.seed, i, for_territory);
    city[i] = static_cast<std::int32_t>(pick(stream, cities));  // first, as in city_of
    since[i] = std::max(first_date, what.from - static_cast<std::int32_t>(stream.below(8 * 365)));
    calls[i] = 6 + static_cast<std::int32_t>(stream.below(7));
  }
  table out;
  out.add("rep_id", iota_codes(count), numbered_all('R', count, 4));
  out.add("territory", iota_codes(count), numbered_all('T', count, 4));
  out.add("city", std::move(city), names_of(cities));
  out.add("since", std::move(since));
  out.add("calls_per_day", std::move(calls));
  return out;
}

}  // namespace tierwise

#endif

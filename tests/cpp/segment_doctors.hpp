// Doctors for the tests of segment: columns in, tables out, and what two assignments have in common.
#ifndef TIERWISE_TESTS_SEGMENT_DOCTORS_HPP
#define TIERWISE_TESTS_SEGMENT_DOCTORS_HPP

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tierwise/core/random.hpp>
#include <tierwise/segment/segment.hpp>

namespace tests {

/// Doctors of the default policy; every field may be missing.
struct doctor {
  double patient_volume = tierwise::missing, patients_per_week = tierwise::missing;
  std::string title, hospital_level;
  double society_offices = tierwise::missing, trials = tierwise::missing, publications = tierwise::missing,
         teaching = tierwise::missing;
  double points_visit = tierwise::missing, points_email = tierwise::missing, contact_coverage = tierwise::missing;
};

struct number_field {
  const char* name;
  double doctor::*value;
};
inline constexpr number_field number_fields[] = {
    {"patient_volume", &doctor::patient_volume},    {"patients_per_week", &doctor::patients_per_week},
    {"society_offices", &doctor::society_offices},  {"trials", &doctor::trials},
    {"publications", &doctor::publications},        {"teaching", &doctor::teaching},
    {"points_visit", &doctor::points_visit},        {"points_email", &doctor::points_email},
    {"contact_coverage", &doctor::contact_coverage}};

struct text_field {
  const char* name;
  std::string doctor::*value;
};
inline constexpr text_field text_fields[] = {{"title", &doctor::title}, {"hospital_level", &doctor::hospital_level}};

inline tierwise::table table_of(const std::vector<doctor>& doctors) {
  tierwise::table out;
  for (const number_field& field : number_fields) {
    std::vector<double> values;
    for (const doctor& d : doctors) values.push_back(d.*field.value);
    out.add(field.name, std::move(values));
  }
  for (const text_field& field : text_fields) {
    std::vector<std::string> names;
    std::vector<std::int32_t> codes;
    for (const doctor& d : doctors) {
      const std::string& text = d.*field.value;
      const auto at = std::find(names.begin(), names.end(), text);
      codes.push_back(text.empty() ? -1 : static_cast<std::int32_t>(at - names.begin()));
      if (!text.empty() && at == names.end()) names.push_back(text);
    }
    out.add(field.name, std::move(codes), std::move(names));
  }
  return out;
}

/// A population with heavy-tailed volumes, ties, zeros, missing values, refused values, and unsubscribers.
inline std::vector<doctor> some_doctors(std::size_t count, std::uint64_t seed) {
  tierwise::random_stream random(seed, 7, 42);
  const auto maybe = [&](double share_missing, double value) {
    return random.uniform() < share_missing ? tierwise::missing : value;
  };
  const char* titles[] = {"chief_physician", "主治医师", "resident_physician", "professor", ""};
  const char* hospitals[] = {"tier_3_large", "二级", "below", "", ""};
  std::vector<doctor> out(count);
  for (doctor& d : out) {
    const double volume = 100 / (0.01 + random.uniform());
    d.patient_volume = maybe(.3, random.uniform() < .2 ? 0 : random.uniform() < .5 ? std::floor(volume) : volume);
    d.patients_per_week = maybe(.4, random.uniform() * 140);
    d.title = titles[random.below(5)];
    d.hospital_level = hospitals[random.below(5)];
    d.society_offices = maybe(.2, random.below(5));
    d.trials = maybe(.2, random.uniform() * 7);
    d.publications = maybe(.2, random.below(80));
    d.teaching = maybe(.2, random.below(20));
    d.points_visit = maybe(.05, random.uniform() * 60);
    d.points_email = maybe(.05, random.uniform() * 60 - 20);
    d.contact_coverage = maybe(.1, random.uniform() < .7 ? 1 : random.uniform());
    const double infinity = std::numeric_limits<double>::infinity();
    switch (random.below(60)) {
      case 0: d.patient_volume = -5; break;
      case 1: d.patient_volume = infinity; break;
      case 2: d.publications = -infinity; break;
      case 3: d.points_visit = infinity; break;
      case 4: d.contact_coverage = 1.5; break;
      default: break;
    }
  }
  return out;
}

/// Calls what(member of a, member of b) for each column.
template <class What>
void for_columns(const tierwise::segment::assignment& a, const tierwise::segment::assignment& b, const What& what) {
  what(a.potential, b.potential), what(a.potential_basis, b.potential_basis),
      what(a.potential_coverage, b.potential_coverage);
  what(a.potential_missing, b.potential_missing), what(a.decile, b.decile), what(a.grade, b.grade);
  what(a.identity_score, b.identity_score), what(a.identity_coverage, b.identity_coverage);
  what(a.identity_missing, b.identity_missing), what(a.identity_level, b.identity_level);
  what(a.engagement_score, b.engagement_score), what(a.engagement_coverage, b.engagement_coverage);
  what(a.engagement_main, b.engagement_main), what(a.engagement_level, b.engagement_level);
  what(a.profile_type, b.profile_type), what(a.tier, b.tier);
}

/// Whether rows row_of_b[i] of `b` are, byte for byte, rows i of `a`.
inline bool same_rows(const tierwise::segment::assignment& a, const tierwise::segment::assignment& b,
                      const std::vector<std::size_t>& row_of_b) {
  bool same = a.size() == row_of_b.size();
  for_columns(a, b, [&](const auto& x, const auto& y) {
    for (std::size_t i = 0; i < row_of_b.size() && same; ++i)
      same = std::memcmp(&x[i], &y[row_of_b[i]], sizeof x[i]) == 0;
  });
  return same;
}

}  // namespace tests

#endif

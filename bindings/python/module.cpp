#include "bindings.hpp"

#ifndef TIERWISE_PYTHON_VERSION
#define TIERWISE_PYTHON_VERSION TIERWISE_VERSION
#endif

PYBIND11_MODULE(_core, m) {
  using namespace tierwise::python;
  m.doc() = "The private, strict extension under tierwise. Use the package, not this.";
  m.attr("__version__") = TIERWISE_PYTHON_VERSION;
  register_core(m);
  register_columns(m);
  register_summary(m);
  register_policy(m);
  register_profile(m);
  register_segment(m);
  register_segment_allocation(m);
  register_segment_change(m);
  register_segment_stability(m);
  register_segment_movers(m);
  register_segment_population(m);
  register_tag(m);
  register_tag_affinity(m);
  register_tag_matcher(m);
  register_tag_registry(m);
  register_tag_statements(m);
  register_tag_trace(m);
  register_tag_analysis(m);
  register_tag_quality(m);
  register_propensity(m);
  register_recommend(m);
  register_simulate(m);
}

// What Python holds of tags.
#ifndef TIERWISE_PYTHON_TAG_REGISTRY_HPP
#define TIERWISE_PYTHON_TAG_REGISTRY_HPP

#include <tierwise/tag/tag.hpp>

#include "bindings.hpp"

namespace tierwise::python {

struct held_registry {
  tag::registry value;
};
struct held_tags {
  tag::tag_bits value;
};

}  // namespace tierwise::python

#endif

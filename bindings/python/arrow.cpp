// Columns through the Arrow C data interface: https://arrow.apache.org/docs/format/CDataInterface.html
#include <cstring>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "bindings.hpp"

// The specification asks every user to declare these, under these guards.
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
extern "C" {
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};
}
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
extern "C" {
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};
}
#endif

namespace tierwise::python {

namespace {

/// A structure of the interface that was moved to us and that we release.
template <class T>
struct owned {
  T value{};
  owned() = default;
  explicit owned(T& from) : value(from) { from.release = nullptr; }  // a move, as the specification defines it
  owned(const owned&) = delete;
  owned& operator=(const owned&) = delete;
  ~owned() {
    if (value.release != nullptr) value.release(&value);
  }
};

using shared_array = std::shared_ptr<owned<ArrowArray>>;

[[noreturn]] void refuse(const std::string& message) { throw Error(errc::wrong_type, message); }

/// The texts of an array: utf8 (u), large_utf8 (U) or utf8_view (vu). Each points into the array's memory.
class text_cells {
 public:
  text_cells(std::string_view format, const ArrowArray& array) : array_(array) {
    if (format != "u" && format != "U" && format != "vu")
      refuse("expected text, not Arrow's type \"" + std::string(format) + "\"");
    kind_ = format == "vu" ? 'v' : format[0];
  }
  bool has(std::int64_t i) const {
    const auto* bits = static_cast<const std::uint8_t*>(array_.buffers[0]);
    const auto at = static_cast<std::size_t>(array_.offset + i);
    return array_.null_count == 0 || bits == nullptr || ((bits[at >> 3] >> (at & 7)) & 1) != 0;
  }
  std::string_view operator[](std::int64_t i) const {
    const std::int64_t at = array_.offset + i;
    if (kind_ == 'u') return between<std::int32_t>(at);
    if (kind_ == 'U') return between<std::int64_t>(at);
    // A view: length, then 12 bytes of text, or 4 of it, a buffer's number and an offset.
    const auto* view = static_cast<const char*>(array_.buffers[1]) + 16 * at;
    std::int32_t length = 0, buffer = 0, offset = 0;
    std::memcpy(&length, view, 4);
    if (length <= 12) return {view + 4, static_cast<std::size_t>(length)};
    std::memcpy(&buffer, view + 8, 4);
    std::memcpy(&offset, view + 12, 4);
    return {static_cast<const char*>(array_.buffers[2 + buffer]) + offset, static_cast<std::size_t>(length)};
  }

 private:
  template <class Offset>
  std::string_view between(std::int64_t at) const {
    const auto* offsets = static_cast<const Offset*>(array_.buffers[1]);
    const auto* bytes = static_cast<const char*>(array_.buffers[2]);
    return {bytes + offsets[at], static_cast<std::size_t>(offsets[at + 1] - offsets[at])};
  }
  const ArrowArray& array_;
  char kind_ = 'u';
};

void check_utf8(std::string_view text) {
  const py::object read = py::reinterpret_steal<py::object>(
      PyUnicode_DecodeUTF8(text.data(), static_cast<py::ssize_t>(text.size()), nullptr));
  if (read) return;
  PyErr_Clear();
  throw Error(errc::not_utf8, "text that is not UTF-8");
}

/// Codes and names that were made here, and the arrays that the names point into.
struct encoded {
  std::vector<shared_array> arrays;
  std::vector<std::string_view> names;
  std::vector<std::int32_t> codes;
};

/// Gives each distinct text the next code.
class encoder {
 public:
  explicit encoder(encoded& out) : out_(out) {}
  std::int32_t code(std::string_view text) {
    const auto [at, added] = known_.emplace(text, static_cast<std::int32_t>(out_.names.size()));
    if (added) {
      check_utf8(text);
      out_.names.push_back(text);
    }
    return at->second;
  }

 private:
  encoded& out_;
  std::unordered_map<std::string_view, std::int32_t> known_;
};

column encode(std::string_view format, std::vector<shared_array> chunks) {
  auto kept = std::make_shared<encoded>();
  encoder codes(*kept);
  for (const shared_array& chunk : chunks) {
    const ArrowArray& array = chunk->value;
    const text_cells texts(format, array);
    for (std::int64_t i = 0; i < array.length; ++i) kept->codes.push_back(texts.has(i) ? codes.code(texts[i]) : -1);
  }
  kept->arrays = std::move(chunks);
  return {column_view::categories(kept->codes, kept->names), kept, {}};
}

template <class T>
std::span<const T> cells(const ArrowArray& array) {
  if (array.length == 0) return {};
  return {static_cast<const T*>(array.buffers[1]) + array.offset, static_cast<std::size_t>(array.length)};
}

bitmap_view validity(const ArrowArray& array) {
  if (array.null_count == 0 || array.n_buffers == 0 || array.buffers[0] == nullptr || array.length == 0) return {};
  return {static_cast<const std::uint8_t*>(array.buffers[0]), static_cast<std::size_t>(array.offset)};
}

template <class Index>
void widen(const ArrowArray& array, std::vector<std::int32_t>& codes) {
  for (const Index code : cells<Index>(array))
    codes.push_back(std::in_range<std::int32_t>(code) ? static_cast<std::int32_t>(code) : -1);
}

column dictionary_column(const ArrowSchema& schema, const shared_array& array) {
  const ArrowArray& from = array->value;
  auto kept = std::make_shared<encoded>();
  kept->arrays = {array};
  const text_cells texts(schema.dictionary->format, *from.dictionary);
  bool gaps = false;
  for (std::int64_t i = 0; i < from.dictionary->length; ++i) {
    gaps = gaps || !texts.has(i);
    kept->names.push_back(texts.has(i) ? texts[i] : std::string_view());
    check_utf8(kept->names.back());
  }
  std::span<const std::int32_t> codes;
  switch (schema.format[0]) {
    case 'i':
    case 'I': codes = cells<std::int32_t>(from); break;  // a code above 2^31 is outside every dictionary
    case 'c': widen<std::int8_t>(from, kept->codes); break;
    case 'C': widen<std::uint8_t>(from, kept->codes); break;
    case 's': widen<std::int16_t>(from, kept->codes); break;
    case 'S': widen<std::uint16_t>(from, kept->codes); break;
    case 'l': widen<std::int64_t>(from, kept->codes); break;
    case 'L': widen<std::uint64_t>(from, kept->codes); break;
    default: refuse("a dictionary's codes are whole numbers");
  }
  if (gaps) {  // a null among the names: its rows are missing
    if (kept->codes.empty()) kept->codes.assign(codes.begin(), codes.end());
    for (std::int32_t& code : kept->codes)
      if (code < 0 || code >= from.dictionary->length || !texts.has(code)) code = -1;
  }
  if (!kept->codes.empty()) codes = kept->codes;
  return with_unique_names({column_view::categories(codes, kept->names, validity(from)), kept, {}});
}

/// One chunk, as it lies.
column plain_column(const ArrowSchema& schema, const shared_array& array) {
  const ArrowArray& from = array->value;
  const std::string_view format = schema.format;
  const bitmap_view valid = validity(from);
  const auto size = static_cast<std::size_t>(from.length);
  if (format == "f") return {column_view(cells<float>(from), valid), array, {}};
  if (format == "g") return {column_view(cells<double>(from), valid), array, {}};
  if (format == "i") return {column_view(cells<std::int32_t>(from), valid), array, {}};
  if (format == "l") return {column_view(cells<std::int64_t>(from), valid), array, {}};
  if (format == "b") {
    // No bits would mean that all are true; an array without rows may have none.
    const auto* bits = from.buffers[1] != nullptr ? static_cast<const std::uint8_t*>(from.buffers[1])
                                                  : reinterpret_cast<const std::uint8_t*>("");
    return {column_view::boolean_bits({bits, static_cast<std::size_t>(from.offset)}, size, valid), array, {}};
  }
  if (format == "tdD") {
    const auto days = cells<std::int32_t>(from);
    return {column_view(std::span(reinterpret_cast<const date*>(days.data()), days.size()), valid), array, {}};
  }
  refuse("Arrow's type \"" + std::string(format) + "\" is not float32, float64, int32, int64, bool, date32 or text");
}

/// Cells of several chunks put one after the other: a copy.
template <class T>
struct joined {
  std::vector<T> cells;
  std::vector<std::uint8_t> valid;
};

template <class T, class Make>
column join(const std::vector<column>& chunks, const Make& make) {
  auto kept = std::make_shared<joined<T>>();
  bool gaps = false;
  for (const column& chunk : chunks) {
    const auto* from = static_cast<const T*>(chunk.view.data());
    kept->cells.insert(kept->cells.end(), from, from + chunk.view.size());
    gaps = gaps || chunk.view.validity().bits != nullptr;
  }
  if (gaps) {
    kept->valid.assign((kept->cells.size() + 7) / 8, 0);
    std::size_t at = 0;
    for (const column& chunk : chunks)
      for (std::size_t row = 0; row < chunk.view.size(); ++row, ++at)
        if (chunk.view.has(row))
          kept->valid[at >> 3] = static_cast<std::uint8_t>(kept->valid[at >> 3] | 1u << (at & 7));
  }
  return {make(std::span<const T>(kept->cells), bitmap_view{gaps ? kept->valid.data() : nullptr, 0}), kept, {}};
}

column join_categories(const std::vector<column>& chunks) {
  struct parts : encoded {
    std::vector<std::shared_ptr<const void>> memory;
  };
  auto kept = std::make_shared<parts>();
  encoder codes(*kept);
  for (const column& chunk : chunks) {
    std::vector<std::int32_t> code_of;
    for (const std::string_view name : chunk.view.names()) code_of.push_back(codes.code(name));
    for (std::size_t row = 0; row < chunk.view.size(); ++row) {
      const std::int32_t code = chunk.view.code(row);
      kept->codes.push_back(code < 0 ? -1 : code_of[static_cast<std::size_t>(code)]);
    }
    kept->memory.push_back(chunk.memory);
  }
  return {column_view::categories(kept->codes, kept->names), kept, {}};
}

column join_booleans(const std::vector<column>& chunks) {
  auto kept = std::make_shared<joined<std::uint8_t>>();
  for (const column& chunk : chunks)
    for (std::size_t row = 0; row < chunk.view.size(); ++row) {
      const std::size_t at = kept->cells.size();
      if (at % 8 == 0) kept->valid.push_back(0);
      kept->cells.push_back(chunk.view.number(row) == 1 ? 1 : 0);
      if (chunk.view.has(row)) kept->valid.back() = static_cast<std::uint8_t>(kept->valid.back() | 1u << (at & 7));
    }
  return {column_view::booleans(kept->cells, {kept->valid.empty() ? nullptr : kept->valid.data(), 0}), kept, {}};
}

column join_all(const std::vector<column>& chunks) {
  const auto plain = [](auto cells, bitmap_view valid) { return column_view(cells, valid); };
  switch (chunks.front().view.type()) {
    case column_type::float32: return join<float>(chunks, plain);
    case column_type::float64: return join<double>(chunks, plain);
    case column_type::int32: return join<std::int32_t>(chunks, plain);
    case column_type::int64: return join<std::int64_t>(chunks, plain);
    case column_type::date: return join<date>(chunks, plain);
    case column_type::boolean: return join_booleans(chunks);
    case column_type::category: break;
  }
  return join_categories(chunks);
}

column column_of(const ArrowSchema& schema, std::vector<shared_array> chunks) {
  const std::string_view format = schema.format;
  const bool is_dictionary = schema.dictionary != nullptr;
  if (!is_dictionary && (format == "u" || format == "U" || format == "vu")) return encode(format, std::move(chunks));
  std::vector<column> columns;
  for (const shared_array& chunk : chunks)
    if (chunk->value.length > 0 || (columns.empty() && &chunk == &chunks.back()))
      columns.push_back(is_dictionary ? dictionary_column(schema, chunk) : plain_column(schema, chunk));
  if (columns.empty()) {  // a stream without a chunk still has a type
    static constexpr std::uint8_t nothing[8] = {};
    const void* buffers[] = {nullptr, nothing, nothing};
    ArrowArray none{}, names{};
    none.n_buffers = 2;
    none.buffers = buffers;
    names.n_buffers = 3;
    names.buffers = buffers;
    none.dictionary = is_dictionary ? &names : nullptr;
    const auto array = std::make_shared<owned<ArrowArray>>(none);
    column empty = is_dictionary ? dictionary_column(schema, array) : plain_column(schema, array);
    return join_all({empty});  // keeps nothing of this frame's
  }
  return columns.size() == 1 ? columns.front() : join_all(columns);
}

template <class T>
T& inside(const py::object& capsule, const char* name) {
  auto* at = static_cast<T*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (at == nullptr) throw py::error_already_set();
  if (at->release == nullptr) refuse("this Arrow capsule was consumed before");
  return *at;
}

}  // namespace

column column_from_arrow(const py::object& source) {
  std::vector<shared_array> chunks;
  if (py::hasattr(source, "__arrow_c_stream__")) {
    const py::object capsule = source.attr("__arrow_c_stream__")(py::none());
    owned<ArrowArrayStream> stream(inside<ArrowArrayStream>(capsule, "arrow_array_stream"));
    const auto check = [&](int status) {
      if (status != 0)
        throw Error(errc::invalid_argument, "the Arrow stream failed with status " + std::to_string(status));
    };
    owned<ArrowSchema> schema;
    check(stream.value.get_schema(&stream.value, &schema.value));
    while (true) {
      auto next = std::make_shared<owned<ArrowArray>>();
      check(stream.value.get_next(&stream.value, &next->value));
      if (next->value.release == nullptr) break;
      chunks.push_back(std::move(next));
    }
    return column_of(schema.value, std::move(chunks));
  }
  if (!py::hasattr(source, "__arrow_c_array__"))
    refuse("expected an object with __arrow_c_array__ or __arrow_c_stream__");
  const py::tuple capsules = source.attr("__arrow_c_array__")(py::none());
  const owned<ArrowSchema> schema(inside<ArrowSchema>(capsules[0], "arrow_schema"));
  chunks.push_back(std::make_shared<owned<ArrowArray>>(inside<ArrowArray>(capsules[1], "arrow_array")));
  return column_of(schema.value, std::move(chunks));
}

}  // namespace tierwise::python

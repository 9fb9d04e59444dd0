// One block of rows through a plan. Included once for each kind of machine, each time with another `bits` (plan_run.ipp), in a namespace
// of its own.

/// Where there is a value, as an answer.
TIERWISE_INLINE void say_known(const std::array<std::uint64_t, block_words>& known, std::size_t rows,
                               sides& out) noexcept {
  for (std::size_t w = 0; w < block_words; ++w) {
    out.yes[w] = known[w];
    out.no[w] = rows_of_word(rows, w) & ~known[w];
  }
}

template <class T>
void compare_each(const plan_source& source, const T* values, std::size_t words, sides* at) noexcept {
  for (std::size_t w = 0; w < words; ++w) {
    const numbers<T> held(values + 64 * w);
    for (const number_question& q : source.reaches) at[q.slot].yes[w] = held.reach(q.as<T>());
  }
}

/// Questions to a block of numbers. Words that have rows are filled up with missing numbers: NaNs, which reach and equal nothing. What is
/// known and not yes is no.
template <class T>
void ask_numbers(const plan_source& source, const T* values, std::size_t rows, sides* at) noexcept {
  std::array<std::uint64_t, block_words> known{};
  const std::size_t words = (rows + 63) / 64;
  for (std::size_t w = 0; w < words; ++w)
    known[w] = numbers<T>(values + 64 * w).reach(-std::numeric_limits<T>::infinity());
  if (!compare_ranks(source, values, at)) compare_each(source, values, words, at);
  for (const number_question& q : source.equals)
    for (std::size_t w = 0; w < words; ++w) {
      const bool can = static_cast<double>(q.as<T>()) == q.bound;  // where no float is that number, nobody's is
      at[q.slot].yes[w] = can ? numbers<T>(values + 64 * w).equal(q.as<T>()) : 0;
    }
  block_bits there, yes;
  std::memcpy(&there, known.data(), sizeof there);
  for (const auto* questions : {&source.reaches, &source.equals})
    for (const number_question& q : *questions) {
      std::memcpy(&yes, at[q.slot].yes.data(), sizeof yes);
      yes = ~yes & there;
      std::memcpy(at[q.slot].no.data(), &yes, sizeof yes);
    }
  if (source.known_step >= 0) say_known(known, rows, at[source.known_slot]);
}

TIERWISE_INLINE void ask_texts(const bound_source& source, std::size_t begin, std::size_t rows, sides* at) {
  const column_view& column = source.columns.front();
  std::array<std::int32_t, block_rows> code{};
  std::array<std::uint64_t, block_words> known{};
  // What has no text is −1, which unsigned arithmetic finds with the codes outside the dictionary.
  const auto* codes = static_cast<const std::int32_t*>(column.data()) + begin;
  const auto texts = static_cast<std::uint32_t>(column.names().size());
  for (std::size_t i = 0; i < rows; ++i) code[i] = static_cast<std::uint32_t>(codes[i]) < texts ? codes[i] : -1;
  if (const bitmap_view valid = column.validity(); valid.bits != nullptr)
    for (std::size_t i = 0; i < rows; ++i)
      if (!valid[begin + i]) code[i] = -1;
  const std::size_t words = (rows + 63) / 64;
  for (std::size_t i = rows; i < 64 * words; ++i) code[i] = -1;
  for (std::size_t i = 0; i < 64 * words; ++i) known[i / 64] |= std::uint64_t{code[i] >= 0} << (i % 64);
  for (std::size_t g = 0; g < source.what->texts.size(); ++g) {
    const text_questions& group = source.what->texts[g];
    const std::vector<std::uint8_t>& of_code = source.of_code[g];
    std::array<std::uint8_t, block_rows> answer{};
    for (std::size_t i = 0; i < rows; ++i)
      if (!of_code.empty())
        answer[i] = of_code[static_cast<std::size_t>(code[i]) + 1];
      else if (code[i] >= 0)
        answer[i] = group.answer(column.names()[static_cast<std::size_t>(code[i])]);
    for (std::size_t k = 0; k < group.steps.size(); ++k) {
      sides& to = at[group.slots[k]];
      for (std::size_t w = 0; w < words; ++w) {
        const std::uint64_t yes = bit_of(answer.data() + 64 * w, static_cast<unsigned>(k));
        to.yes[w] = yes & known[w];
        to.no[w] = ~yes & known[w];
      }
    }
  }
  if (source.what->known_step >= 0) say_known(known, rows, at[source.what->known_slot]);
}

/// Sides of an answer, or of its opposite.
inline const std::uint64_t* yes_of(const sides* at, answer_ref what) noexcept {
  return (what % 2 == 0 ? at[what / 2].yes : at[what / 2].no).data();
}
inline const std::uint64_t* no_of(const sides* at, answer_ref what) noexcept { return yes_of(at, what ^ 1); }

TIERWISE_INLINE void combine(const logic_step& step, const answer_ref* of, std::size_t rows, sides* at) noexcept {
  sides& out = at[step.slot];
  if (step.kind == step_kind::constant) {
    for (std::size_t w = 0; w < block_words; ++w) out.yes[w] = rows_of_word(rows, w);
    out.no = {};
  } else if (step.kind == step_kind::known) {
    const std::uint64_t *a = yes_of(at, of[0]), *b = no_of(at, of[0]);
    for (std::size_t w = 0; w < block_words; ++w) {
      out.yes[w] = a[w] | b[w];
      out.no[w] = rows_of_word(rows, w) & ~out.yes[w];
    }
  } else if (step.kind == step_kind::same) {
    const std::uint64_t *a = yes_of(at, of[0]), *not_a = no_of(at, of[0]);
    const std::uint64_t *b = yes_of(at, of[1]), *not_b = no_of(at, of[1]);
    for (std::size_t w = 0; w < block_words; ++w) {
      out.yes[w] = (a[w] & b[w]) | (not_a[w] & not_b[w]);
      out.no[w] = (a[w] & not_b[w]) | (not_a[w] & b[w]);
    }
  } else {  // no wins in `and`, yes in `or`, which is `and` with the sides changed
    const bool all = step.kind == step_kind::all_of;
    block_bits strict = ~block_bits{}, easy{}, part;
    for (std::uint32_t i = 0; i < step.parts; ++i) {
      const answer_ref turned = all ? of[i] : of[i] ^ 1;
      std::memcpy(&part, yes_of(at, turned), sizeof part), strict &= part;
      std::memcpy(&part, no_of(at, turned), sizeof part), easy |= part;
    }
    std::memcpy((all ? out.yes : out.no).data(), &strict, sizeof strict);
    std::memcpy((all ? out.no : out.yes).data(), &easy, sizeof easy);
  }
}

TIERWISE_INLINE void ask(const bound_source& source, std::size_t begin, std::size_t rows, sides* at) {
  if (source.what->type == value_type::text) return ask_texts(source, begin, rows, at);
  const column_view& column = source.columns.front();
  if (source.columns.size() == 1 && column.type() == column_type::float32 && column.validity().bits == nullptr &&
      rows == block_rows) {
    const float* values = static_cast<const float*>(column.data()) + begin;
    for (std::size_t line = 0; line < block_rows && begin + 2 * block_rows <= column.size(); line += 16)
      __builtin_prefetch(values + block_rows + line);  // the next block, on its way while this one is asked
    return ask_numbers(*source.what, values, rows, at);
  }
  std::array<double, block_rows> values, whole;
  std::fill(values.begin() + static_cast<std::ptrdiff_t>(rows),
            values.begin() + static_cast<std::ptrdiff_t>(64 * ((rows + 63) / 64)), missing);
  column.read_numbers(begin, {values.data(), rows});
  if (source.columns.size() == 2) {
    source.columns[1].read_numbers(begin, {whole.data(), rows});
    for (std::size_t i = 0; i < rows; ++i) values[i] = whole[i] > 0 ? values[i] / whole[i] : missing;
  }
  ask_numbers(*source.what, values.data(), rows, at);
}

/// Writes a tag's answer for a block.
TIERWISE_INLINE void hand_over(const bound_plan& plan, tag_answer what, std::size_t begin, std::size_t rows,
                               const sides* at, tag_bits& out) noexcept {
  std::uint64_t *to_yes = out.yes[what.tag].words().data() + begin / 64,
                *to_known = out.known[what.tag].words().data() + begin / 64;
  const std::uint64_t *yes = yes_of(at, what.root), *no = no_of(at, what.root);
  sides said;
  if (plan.said != nullptr) {
    said = with_said(plan.said, what.tag, begin, rows, at[what.root / 2], what.root % 2 != 0);
    yes = said.yes.data(), no = said.no.data();
  }
  if (rows == block_rows) {
    block_bits a, b;
    std::memcpy(&a, yes, sizeof a), std::memcpy(&b, no, sizeof b);
    b |= a;
    std::memcpy(to_yes, &a, sizeof a), std::memcpy(to_known, &b, sizeof b);
    if (begin + block_rows < out.yes[what.tag].size())  // where the next block goes, on its way
      __builtin_prefetch(to_yes + block_words, 1), __builtin_prefetch(to_known + block_words, 1);
    return;
  }
  for (std::size_t w = 0; 64 * w < rows; ++w) {
    to_yes[w] = yes[w];
    to_known[w] = yes[w] | no[w];
  }
}

/// Answers rows [begin, begin + rows), at most block_rows; `room` is for all slots, and stays as it is between blocks.
TIERWISE_INLINE void run_block(const bound_plan& plan, std::size_t begin, std::size_t rows, std::vector<sides>& room,
                               tag_bits& out) {
  sides* const at = room.data();
  for (const bound_source& source : plan.sources) ask(source, begin, rows, at);
  for (std::size_t i = 0; i < plan.others.size(); ++i) {
    lanes found;
    plan.others[i].evaluate(begin, rows, found);
    sides& to = at[plan.other_slots[i]];
    for (std::size_t w = 0; w < block_words; ++w) {
      to.yes[w] = found.yes[w];
      to.no[w] = found.known[w] & ~found.yes[w];
    }
  }
  const tag_program& program = plan.program();
  for (const tag_answer& answer : program.of_questions) hand_over(plan, answer, begin, rows, at, out);
  for (const logic_step& step : program.logic) {
    const answer_ref* of = program.parts.data() + step.first_part;
    if (step.kind == step_kind::tag)
      at[step.slot] = with_said(plan.said, step.tag, begin, rows, at[of[0] / 2], of[0] % 2 != 0);
    else
      combine(step, of, rows, at);
    // At once: the slot may be another's soon.
    for (std::uint32_t i = 0; i < step.answers; ++i)
      hand_over(plan, program.answers[step.first_answer + i], begin, rows, at, out);
  }
}

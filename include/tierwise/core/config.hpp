// How tierwise is being built: version, mode, and the two macros that every other header uses.
#ifndef TIERWISE_CORE_CONFIG_HPP
#define TIERWISE_CORE_CONFIG_HPP

#define TIERWISE_VERSION "0.1.0"

// A missing number is a NaN, which these options let the compiler assume away: results would be wrong without a word.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__) || defined(_M_FP_FAST)
#error "tierwise needs NaN and exact sums: compile without -ffast-math, -Ofast, -ffinite-math-only and /fp:fast"
#endif

// The build target sets TIERWISE_HEADER_ONLY=1 for tierwise::header_only. The mode is part of every mangled name
// (an inline namespace), so a program that mixes the two modes fails to link instead of misbehaving.
#if defined(TIERWISE_HEADER_ONLY) && TIERWISE_HEADER_ONLY
#define TIERWISE_ABI v0_header_only
#define TIERWISE_INLINE inline
#else
#undef TIERWISE_HEADER_ONLY
#define TIERWISE_HEADER_ONLY 0
#define TIERWISE_ABI v0_compiled
#define TIERWISE_INLINE
#endif

#endif

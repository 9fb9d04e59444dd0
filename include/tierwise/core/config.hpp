// How tierwise is being built: version, mode, and the two macros that every other header uses.
#ifndef TIERWISE_CORE_CONFIG_HPP
#define TIERWISE_CORE_CONFIG_HPP

#define TIERWISE_VERSION "0.1.0"

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

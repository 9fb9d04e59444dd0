# nlohmann-json: found if installed; fetched only if allowed. Only the bodies of tierwise::runtime see it.
include_guard()

find_package(nlohmann_json 3.11 QUIET)
if(NOT nlohmann_json_FOUND)
  if(NOT TIERWISE_FETCH)
    message(FATAL_ERROR "tierwise::runtime needs nlohmann-json >= 3.11, which was not found. Install it "
                        "(nlohmann-json3-dev), allow a download with -DTIERWISE_FETCH=ON, "
                        "or do without the runtime: -DTIERWISE_RUNTIME=OFF")
  endif()
  include(FetchContent)
  FetchContent_Declare(
    nlohmann_json
    URL https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
    URL_HASH SHA256=d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d
    DOWNLOAD_EXTRACT_TIMESTAMP ON
    SYSTEM)
  FetchContent_MakeAvailable(nlohmann_json)
endif()

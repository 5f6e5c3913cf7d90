# A Homebrew formula, for a tap: brew install --HEAD OWNER/TAP/kaizend. There is no release yet, so it builds from a checkout; `url` and
# `sha256` of an archive come with the first one. Not tried on macOS.
class Kaizend < Formula
  desc "History of coding agents' sessions, on your own machine"
  homepage "https://example.org/kaizend" # placeholder: the project has no page
  license "AGPL-3.0-or-later"
  head "https://example.org/kaizend.git", branch: "main" # placeholder

  depends_on "cmake" => :build
  depends_on "ninja" => :build
  depends_on "rapidjson" => :build
  depends_on "tl-expected" => :build
  depends_on "tomlplusplus" => :build
  depends_on "boost"
  depends_on "cctz"
  depends_on "cli11" => :build
  depends_on "fmt"
  depends_on "openssl@3"
  depends_on "re2"
  depends_on "spdlog"
  depends_on "sqlitecpp"

  uses_from_macos "sqlite"
  uses_from_macos "zlib"

  def install
    args = ["-DKAIZEN_TESTS=OFF", "-DKAIZEN_WERROR=OFF"]
    system "cmake", "-S", ".", "-B", "build", "-G", "Ninja", *args, *std_cmake_args
    system "cmake", "--build", "build"
    system "cmake", "--install", "build"
  end

  # brew services start kaizend; as launchd/dev.kaizen.kaizend.plist.in without brew.
  service do
    run opt_bin/"kaizend"
    keep_alive successful_exit: false
    process_type :background
    throttle_interval 60
    error_log_path var/"log/kaizend.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/kaizend --version") unless head?
    ENV["KAIZEN_HOME"] = testpath
    assert_match "watch.agents", shell_output("#{bin}/kaizend --check-config")
  end
end

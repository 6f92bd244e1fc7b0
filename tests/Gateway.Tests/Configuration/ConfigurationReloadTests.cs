using Microsoft.Extensions.Logging.Abstractions;
using Tda.Gateway.Configuration;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Configuration;

public sealed class ConfigurationReloadTests : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly TempDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private readonly LiveOptions _live;
    private readonly ConfigurationReload _reload;

    public ConfigurationReloadTests()
    {
        Write("""{ "upstream": "http://one", "timeout": "1m" }""");
        var source = new GatewayConfiguration(File);
        _live = new LiveOptions(source.Load());
        _reload = new ConfigurationReload(source, _live, _time, NullLogger.Instance);
    }

    private string File => Path.Combine(_directory.Path, "gateway.json");

    public async ValueTask DisposeAsync()
    {
        await _reload.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public void Look_FileChanged_TakenOnceTwoLooksAgree()
    {
        Write("""{ "upstream": "http://two", "timeout": "2m", "routes": { "/v1/models": { "timeout": "3s" } } }""");

        _time.Advance(Look);
        Assert.Equal("http://one", _live.Current.Upstream);
        _time.Advance(Look);

        Assert.Equal(("http://two", TimeSpan.FromMinutes(2)), (_live.Current.Upstream, _live.Current.Timeout));
        Assert.Equal(TimeSpan.FromSeconds(3), _live.Current.TimeoutOf("/v1/models"));
        Assert.Equal(_time.GetUtcNow(), _reload.Status.ChangedAt);
    }

    [Fact]
    public void Look_InvalidFile_OldOptionsStayAndTheErrorIsThereUntilItIsMended()
    {
        Write("""{ "upstream": "http://two", "timeout": "soon", "nonsense": 1 }""");
        Looks(3);

        Assert.Equal("http://one", _live.Current.Upstream);
        Assert.Contains("timeout: must be a duration", _reload.Status.Error, StringComparison.Ordinal);
        Assert.Contains("nonsense: there is no such option", _reload.Status.Error, StringComparison.Ordinal);

        Write("""{ "upstream": "http://two" }""");
        Looks(2);

        Assert.Equal("http://two", _live.Current.Upstream);
        Assert.Null(_reload.Status.Error);
    }

    [Fact]
    public void Look_SecretThatComesAfterTheConfiguration_TakenWithoutAnotherChange()
    {
        var secret = Path.Combine(_directory.Path, "key");
        Write($$"""{ "upstream": "http://one", "timeout": "3m", "security": { "upstream_key": { "file": "{{secret}}" } } }""");
        Looks(3);
        Assert.Contains(secret, _reload.Status.Error, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromMinutes(1), _live.Current.Timeout);

        _directory.Write("key", "sk-1");
        Looks(1);

        Assert.Null(_reload.Status.Error);
        Assert.Equal(TimeSpan.FromMinutes(3), _live.Current.Timeout);
    }

    [Fact]
    public async Task Load_Pipe_ReadOnceAndKept()
    {
        var pipe = Path.Combine(_directory.Path, "pipe");
        var made = await ChildProcess.RunAsync("mkfifo", [pipe], TimeSpan.FromSeconds(30));
        Assert.Equal(0, made.ExitCode);
        var source = new GatewayConfiguration(pipe);
        var written = Task.Run(() => System.IO.File.WriteAllText(pipe, """{ "upstream": "http://piped" }"""));

        var first = source.Load();
        await written;

        Assert.Equal(("http://piped", "http://piped"), (first.Upstream, source.Load().Upstream));
    }

    [Fact]
    public void Look_FileReplacedByRename_Taken()
    {
        System.IO.File.Move(_directory.Write("new.json", """{ "upstream": "http://two" }"""), File, overwrite: true);
        Looks(2);

        Assert.Equal("http://two", _live.Current.Upstream);
    }

    [Fact]
    public void Look_LinkedFolderSwapped_Taken()
    {
        // How Kubernetes mounts a ConfigMap: the file is a link through a folder link that is replaced as a whole.
        _directory.Write("a/gateway.json", """{ "upstream": "http://one" }""");
        _directory.Write("b/gateway.json", """{ "upstream": "http://two" }""");
        Directory.CreateSymbolicLink(_directory["data"], _directory["a"]);
        System.IO.File.Delete(File);
        System.IO.File.CreateSymbolicLink(File, Path.Combine("data", "gateway.json"));
        Looks(2);
        Assert.Equal("http://one", _live.Current.Upstream);
        Directory.Delete(_directory["data"]);
        Directory.CreateSymbolicLink(_directory["data"], _directory["b"]);
        Looks(2);

        Assert.Equal("http://two", _live.Current.Upstream);
    }

    [Fact]
    public void Look_FileWrittenInPieces_OnlyTheWholeIsTaken()
    {
        const string Whole = """{ "upstream": "http://two", "timeout": "2m" }""";
        for (var length = 1; length < Whole.Length; length += 7)
        {
            Write(Whole[..length]);
            _time.Advance(Look);
            Assert.Null(_reload.Status.Error);
            Assert.Equal("http://one", _live.Current.Upstream);
        }

        Write(Whole);
        Looks(2);
        Assert.Equal("http://two", _live.Current.Upstream);
    }

    [Fact]
    public void Look_FileRemoved_OldOptionsStayAndTheErrorSaysSo()
    {
        System.IO.File.Delete(File);
        Looks(2);

        Assert.Equal("http://one", _live.Current.Upstream);
        Assert.Contains("there is no such file", _reload.Status.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Now_FileChanged_TakenAtOnce()
    {
        Write("""{ "upstream": "http://two" }""");
        _reload.Now();

        Assert.Equal("http://two", _live.Current.Upstream);
    }

    [Fact]
    public void Now_OptionsThatOnlyARestartTakes_AreNamedAndKept()
    {
        Write("""{ "upstream": "http://two", "listen": "http://127.0.0.1:1234", "home": "x", "spool": { "segment_bytes": "1MiB", "open_after": "2s" } }""");
        _reload.Now();

        Assert.Equal(["home", "listen", "spool.segment_bytes"], _reload.Status.NeedsRestart.Order());
        Assert.Equal(("http://two", "http://127.0.0.1:8787", 64 << 20), (_live.Current.Upstream, _live.Current.Listen, _live.Current.Spool.SegmentBytes));
        Assert.Equal(TimeSpan.FromSeconds(2), _live.Current.Spool.OpenAfter);

        Write("""{ "upstream": "http://two" }""");
        _reload.Now();
        Assert.Empty(_reload.Status.NeedsRestart);
    }

    [Fact]
    public void Now_ValidAloneButNotWithWhatOnlyARestartChanges_Refused()
    {
        // 1 MiB is enough for two of the new segments, but the old ones stay until a restart.
        Write("""{ "upstream": "http://two", "spool": { "segment_bytes": "64KiB", "max_bytes": "1MiB" } }""");
        _reload.Now();

        Assert.Equal("http://one", _live.Current.Upstream);
        Assert.Contains("spool.segment_bytes", _reload.Status.Error, StringComparison.Ordinal);
    }

    // Each of these threw what the reload did not expect, on a timer, which ended the process.
    [Theory]
    [InlineData("""{ "upstream": "http://two", "security": { "admin": { "file": "" } } }""")]
    [InlineData("""{ "upstream": "http://two", "security": { "admin": { "file": "a\u0000b" } } }""")]
    [InlineData("""{ "upstream": "http://two", "security": { "upstream_key": { "file": "\u0000" } } }""")]
    [InlineData("""{ "upstream": "http://two", "security": { "tls": { "certificate": "\u0000", "key": "" } } }""")]
    [InlineData("""{ "upstream": "\u0000", "listen": "http://\u0000:1" }""")]
    public void Look_PathThatIsNone_IsAnErrorAndWhatWasStays(string json)
    {
        Write(json);
        Looks(3);

        Assert.Equal("http://one", _live.Current.Upstream);
        Assert.NotNull(_reload.Status.Error);
    }

    private void Looks(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _time.Advance(Look);
        }
    }

    private void Write(string json) => System.IO.File.WriteAllText(File, json);
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tda.Gateway.Tests.Support;
using Tda.TestKit;

namespace Tda.Gateway.Tests.Security;

public sealed class TlsTests : IDisposable
{
    private readonly TempDirectory _files = new();

    [Fact]
    public async Task Post_OverTls_ForwardedAndPagesSayHttpsOnly()
    {
        Write("first");
        await using var upstream = ScriptedUpstream.Answering(Samples.Json(Samples.Chat));
        await using var gateway = await StartAsync(upstream.Url);
        using var http = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true }) { BaseAddress = gateway.Url };

        using var answer = await http.PostAsync("/v1/chat/completions", new StringContent(Samples.ChatRequest));
        using var page = await http.GetAsync("/");

        Assert.Equal("https", gateway.Url.Scheme);
        Assert.Equal(Samples.Chat, await answer.Content.ReadAsStringAsync());
        Assert.StartsWith("max-age=", Assert.Single(page.Headers.GetValues("Strict-Transport-Security")), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Connect_CertificateReplaced_NewConnectionsSeeItAndABrokenOneChangesNothing()
    {
        Write("first");
        await using var gateway = await StartAsync("http://127.0.0.1:1");

        Assert.Equal("CN=first", await SubjectAsync(gateway.Url));
        Write("second", age: 1);
        Assert.Equal("CN=second", await SubjectAsync(gateway.Url));
        Assert.Equal("ok", gateway.Server.Health.Status);
        await File.WriteAllTextAsync(_files["cert.pem"], "broken");
        Assert.Equal("CN=second", await SubjectAsync(gateway.Url));
        Assert.Contains(gateway.Server.Health.Reasons, reason => reason.StartsWith("the certificate is the old one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connect_OldTls_Refused()
    {
        Write("first");
        await using var gateway = await StartAsync("http://127.0.0.1:1");

#pragma warning disable SYSLIB0039, CA5397 // The point is that the gateway refuses them.
        await Assert.ThrowsAnyAsync<Exception>(() => SubjectAsync(gateway.Url, SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
    }

    [Fact]
    public void Errors_HttpsWithoutCertificateAndTheReverse_Told()
    {
        Write("first");
        var options = TestGateway.Options("http://u", _files.Path);

        Assert.Contains("needs a certificate", Assert.Single((options with { Listen = "https://127.0.0.1:0" }).Errors()).Message, StringComparison.Ordinal);
        Assert.Contains("not an https URL", Assert.Single((options with { Security = new() { Tls = Tls } }).Errors()).Message, StringComparison.Ordinal);
        Assert.Contains("aren't a certificate and its key", Assert.Single((options with { Listen = "https://127.0.0.1:0", Security = new() { Tls = Tls with { Key = "/nowhere" } } }).Errors()).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _files.Dispose();

    private Gateway.Security.TlsOptions Tls => new() { Certificate = _files["cert.pem"], Key = _files["key.pem"] };

    private Task<TestGateway> StartAsync(string upstream) => TestGateway.StartAsync(
        upstream, options => options with { Listen = "https://127.0.0.1:0", Security = new() { Tls = Tls } });

    private void Write(string name, int age = 0)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        File.WriteAllText(_files["key.pem"], key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(_files["cert.pem"], certificate.ExportCertificatePem());

        // A clock of coarse ticks must not hide the change.
        File.SetLastWriteTimeUtc(_files["cert.pem"], new DateTime(2026, 1, 1, 0, age, 0, DateTimeKind.Utc));
    }

    private static async Task<string> SubjectAsync(Uri url, SslProtocols protocols = SslProtocols.None)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, url.Port);
        await using var ssl = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
        await ssl.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = protocols });
        return ssl.RemoteCertificate!.Subject;
    }
}

using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tda.Gateway.Tests.Support;
using Tda.Store;
using Tda.TestKit;

namespace Tda.Gateway.Tests.WebSockets;

/// <summary>
/// Providers are behind TLS, where the gateway tries HTTP/2's way to a WebSocket (RFC 8441) before HTTP/1.1's. A process of its own, since
/// that is where a test can say whom to trust.
/// </summary>
public sealed class WebSocketTlsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly TempDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Connection_ToAnUpstreamWithTls_PassesAndIsRecorded(HttpProtocols protocols)
    {
        using var certificate = Certificate();
        await using var upstream = await SocketUpstream.StartAsync(SocketUpstream.EchoAsync, compressed: true, certificate, protocols);
        var environment = new Dictionary<string, string?> { ["SSL_CERT_FILE"] = _files.Write("trusted.pem", certificate.ExportCertificatePem()) };
        var home = _files["home"];
        await using (var gateway = ChildProcess.StartManaged("tda", ["gateway", "--upstream", upstream.Url, "--home", home, "--listen", "http://127.0.0.1:0"], environment))
        {
            var url = new Uri((await gateway.LineAsync(@"http://127\.0\.0\.1:[1-9]\d*/", Patience)).Value);
            using (var client = await SocketUpstream.ConnectAsync(url, change: options => options.DangerousDeflateOptions = new()))
            {
                foreach (var text in (string[])["Grüße? 👋", "Grüße? 👋", new('x', 5000)])
                {
                    await SocketUpstream.SendAsync(client, text);
                    Assert.Equal(text, await SocketUpstream.ReceiveTextAsync(client));
                }

                await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);
                Assert.Equal((WebSocketCloseStatus.NormalClosure, "bye"), (client.CloseStatus, client.CloseStatusDescription));
            }

            await gateway.InterruptAsync();
            Assert.Equal(0, (await gateway.ExitAsync(Patience)).ExitCode);
        }

        await using var store = await ExchangeStore.OpenAsync(new TdaHome(home));
        var exchange = Assert.Single(await store.ReadAsync(ExchangeFilter.All).ToListAsync());
        Assert.Equal((TerminalState.Complete, 101, null), (exchange.State, exchange.Status, exchange.Failure));
        Assert.Equal(["Grüße? 👋", "Grüße? 👋", new('x', 5000)], RecordedMessages.Texts(RecordedMessages.Sent(exchange)));
        Assert.Equal(["Grüße? 👋", "Grüße? 👋", new('x', 5000)], RecordedMessages.Texts(RecordedMessages.Received(exchange)));
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=upstream", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        return request.CreateSelfSigned(new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}

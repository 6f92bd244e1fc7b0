using Tda.Bench.Gateway.Load;

namespace Tda.Bench.Gateway.Processes;

/// <summary>nginx as the fast upstream (it answers by itself) and as the proxy to compare with.</summary>
internal static class Nginx
{
    private const string Install = "apt-get install -y nginx-light";

    /// <summary>Answers every chat completion with 2 KB, of which the id differs each time.</summary>
    public static Task<ServerProcess> UpstreamAsync(string scratch) => StartAsync("upstream", scratch, "", string.Create(
        CultureInfo.InvariantCulture, $"location /v1/ {{ default_type application/json; return 200 '{Payload.Answer("chatcmpl-$request_id")}'; }}"));

    /// <summary>Passes everything on over kept connections; <paramref name="buffering"/> off is what streams need.</summary>
    public static Task<ServerProcess> ProxyAsync(string scratch, Uri upstream, bool buffering) => StartAsync(
        "nginx",
        scratch,
        $"upstream model {{ server {upstream.Authority}; keepalive 256; keepalive_requests 100000000; keepalive_time 24h; }}",
        "location / { proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection \"\"; "
        + $"proxy_buffering {(buffering ? "on" : "off")}; proxy_read_timeout 600s; }}");

    private static async Task<ServerProcess> StartAsync(string name, string scratch, string outside, string location)
    {
        var program = Tools.Require("nginx", Install);
        var folder = Directory.CreateDirectory(Path.Combine(scratch, $"{name}-{Guid.CreateVersion7():N}")).FullName;
        var port = FreePorts.Next();
        var configuration = Path.Combine(folder, "nginx.conf");
        var temporary = string.Concat(((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(kind => $"{kind}_temp_path {folder}/{kind}; "));
        await File.WriteAllTextAsync(configuration, $$"""
            daemon off; worker_processes auto; pid {{folder}}/pid; error_log stderr error;
            events { worker_connections 4096; }
            http {
              access_log off; keepalive_requests 100000000; keepalive_timeout 600s; {{temporary}}
              {{outside}}
              server { listen 127.0.0.1:{{port.ToString(CultureInfo.InvariantCulture)}} backlog=4096; {{location}} }
            }
            """);
        return await ServerProcess.StartAsync(name, new(program, ["-e", "stderr", "-c", configuration]), port);
    }
}

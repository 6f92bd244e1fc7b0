using System.IO.Compression;
using System.Net.Http.Headers;
using Tda.Bench.Gateway;
using Tda.Bench.Gateway.Load;
using Tda.Gateway.Redaction;
using Tda.Gateway.Tests.Redaction;

namespace Tda.Bench.Attack;

/// <summary>A key of every vendor in every place of requests and answers: none may be in a file, a page, a metric or a line of output.</summary>
internal sealed class Canaries : IAttack
{
    private readonly List<(string Secret, string Place)> _made = [];
    private ulong _seed = 77;

    public string Name => "canaries";

    public async Task<CaseOutcome> RunAsync(AttackOptions options)
    {
        await using var target = await AttackTarget.StartAsync(options);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(1) };
        var forms = options.Quick ? VendorKeys.Forms[..5] : VendorKeys.Forms;
        foreach (var (_, form) in forms)
        {
            foreach (var request in Requests(target, form))
            {
                using (request)
                {
                    using var answer = await client.SendAsync(request);
                    await answer.Content.ReadAsByteArrayAsync();
                }
            }
        }

        var shown = await client.GetStringAsync(new Uri(target.Url, "/health")) + await client.GetStringAsync(new Uri(target.Url, "/metrics"));
        var home = target.Gateway.Home;
        var (measured, findings) = await target.EndAsync();
        List<(string Where, byte[] Bytes)> places = [("/health and /metrics", Encoding.UTF8.GetBytes(shown)), ("its output", Encoding.UTF8.GetBytes(target.Gateway.Process.Output))];
        var export = Path.Combine(options.Scratch, "export.jsonl");
        await target.Gateway.Command.ExportAsync(export);
        foreach (var file in Directory.GetFiles(home, "*", SearchOption.AllDirectories).Append(export))
        {
            places.Add((Path.GetFileName(file), await File.ReadAllBytesAsync(file)));
        }

        var leaks = _made.SelectMany(made => places.Where(place => Holds(place.Bytes, made.Secret)).Select(place => $"a secret ({made.Secret[..4]}…, {made.Secret.Length} characters, sent in {made.Place}) is in {place.Where}"));
        return new(new { Secrets = _made.Count, Formats = forms.Length, Files = places.Count, Gateway = measured }, [.. findings, .. leaks.Take(20)]);
    }

    private static bool Holds(byte[] bytes, string secret) =>
        bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0
        || bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(secret)) >= 0
        || bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)).TrimEnd('='))) >= 0;

    private IEnumerable<HttpRequestMessage> Requests(AttackTarget target, string form)
    {
        // 1. Headers, the address, tags.
        var head = Post(target, $"{Payload.Path}?api_key={Next(form, "the query, by its name")}&note={Next(form, "the query")}", Payload.Request("canary"));
        foreach (var name in (string[])["Authorization", "X-Api-Key", "Cookie", "Proxy-Authorization", "X-Custom-Secret"])
        {
            head.Headers.TryAddWithoutValidation(name, Next(form, "a header"));
        }

        head.Headers.TryAddWithoutValidation("X-Custom", $"use {Next(form, "X-Custom")} there");
        head.Headers.TryAddWithoutValidation("Referer", $"https://h.example/?token={Next(form, "Referer")}");
        head.Headers.TryAddWithoutValidation("X-Tda-Tags", $"note=see {Next(form, "a tag")}");
        yield return head;

        // 2. Bodies of every kind.
        yield return Post(target, Payload.Path, Chat($"use {Next(form, "a chat")} there"));
        yield return Post(target, Payload.Path, $$"""{"messages":[{"role":"user","content":"{{string.Concat($"use {Next(form, "a chat, escaped")} there".Select(c => $"\\u{(int)c:x4}"))}}"}]}""");
        yield return Post(target, Payload.Path, Chat("data:text/plain;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes($"So here is the text: use {Next(form, "a data URL")} there, and more."))));
        var form1 = new MultipartFormDataContent { { new StringContent($"use {Next(form, "multipart")} there"), "note" } };
        yield return new(HttpMethod.Post, new Uri(target.Url, "/v1/files")) { Content = form1 };
        yield return new(HttpMethod.Post, new Uri(target.Url, "/v1/files")) { Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["note"] = $"use {Next(form, "a form")} there" }) };
        yield return new(HttpMethod.Post, new Uri(target.Url, "/v1/files")) { Content = new StringContent($"use {Next(form, "UTF-16")} there", Encoding.Unicode, "text/plain") };
        var packed = new MemoryStream();
        using (var packing = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            packing.Write(Encoding.UTF8.GetBytes(Chat($"use {Next(form, "gzip")} there")));
        }

        var zipped = new HttpRequestMessage(HttpMethod.Post, new Uri(target.Url, Payload.Path)) { Content = new ByteArrayContent(packed.ToArray()) };
        zipped.Content!.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        zipped.Content.Headers.ContentEncoding.Add("gzip");
        yield return zipped;

        // 3. Answers: plain, and as a stream whose events cut the secret.
        target.Upstream.Answers["plain"] = (Encoding.UTF8.GetBytes(Chat($"use {Next(form, "an answer")} there")), "identity");
        yield return Post(target, Payload.Path, Chat("plain"), "plain");
        var stream = string.Concat($"use {Next(form, "a stream")} there".Chunk(3).Select((piece, i) => StreamShapes.Event("chat", new string(piece), 0, i)));
        target.Upstream.Answers["stream"] = (Encoding.UTF8.GetBytes(stream + "data: [DONE]\n\n"), "");
        yield return Post(target, Payload.Path, Chat("stream"), "stream");
    }

    private string Next(string form, string place)
    {
        // The question here is the place. Some keys of a few forms are like names; how many are missed for that, `redaction` says.
        string made;
        do
        {
            made = VendorKeys.Make(form, _seed++);
        }
        while (BodyRedactor.Default.Text($"use {made} there").Contains(made, StringComparison.Ordinal));

        _made.Add((made, place));
        return made;
    }

    private static string Chat(string text) => JsonSerializer.Serialize(new { model = "m", messages = new[] { new { role = "user", content = text } } });

    private static HttpRequestMessage Post(AttackTarget target, string path, string body, string? answer = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(target.Url, path)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (answer is not null)
        {
            request.Headers.TryAddWithoutValidation(AttackUpstream.AnswerHeader, answer);
        }

        return request;
    }
}

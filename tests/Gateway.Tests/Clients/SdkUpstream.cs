using Tda.Gateway.Tests.Support;

namespace Tda.Gateway.Tests.Clients;

/// <summary>An upstream that answers as the providers' APIs do, each request by its path and by the model that it names.</summary>
internal static class SdkUpstream
{
    public static ScriptedUpstream OpenAI() => new(request => AnswerAsync(request, OpenAIAnswers.Of, OpenAIAnswers.Error));

    public static ScriptedUpstream Anthropic() => new(request => AnswerAsync(request, AnthropicAnswers.Of, AnthropicAnswers.Error));

    private static async Task AnswerAsync(UpstreamRequest request, Func<string, string, bool, string> answer, Func<int, string> error)
    {
        var path = request.Head.Split(' ')[1].Split('?')[0];
        var (model, streamed) = Read(request);
        if (model.StartsWith("status-", StringComparison.Ordinal) || (model == "flaky" && !request.Head.Contains("x-stainless-retry-count: 1", StringComparison.OrdinalIgnoreCase)))
        {
            var status = model == "flaky" ? 429 : int.Parse(model[7..], System.Globalization.CultureInfo.InvariantCulture);
            var retry = model == "flaky" ? "retry-after-ms: 1\r\n" : status == 429 ? "retry-after: 7\r\n" : "";
            await request.SendAsync(Samples.Json(error(status), $"{status} Refused", $"x-request-id: req-1\r\nrequest-id: req-1\r\n{retry}"));
            return;
        }

        var body = answer(path, model, streamed);
        if (!streamed)
        {
            await request.SendAsync(Samples.Json(body, headers: "x-request-id: req-1\r\nrequest-id: req-1\r\n"));
            return;
        }

        await request.BeginStreamAsync();
        foreach (var piece in Pieces(body))
        {
            await request.SendChunkAsync(piece);
        }

        if (model == "endless")
        {
            await request.GatewayGoneAsync();
            return;
        }

        await request.EndChunksAsync();
    }

    private static (string Model, bool Streamed) Read(UpstreamRequest request)
    {
        if (request.Body.Length == 0)
        {
            return ("", false);
        }

        using var document = JsonDocument.Parse(request.Body);
        return (document.RootElement.GetProperty("model").GetString()!, document.RootElement.TryGetProperty("stream", out var stream) && stream.GetBoolean());
    }

    /// <summary>Cuts that lie inside lines and characters, but never depend on the run.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        for (var (at, size) = (0, 41); at < bytes.Length; at += size)
        {
            yield return bytes.AsMemory(at, Math.Min(size, bytes.Length - at));
        }
    }
}

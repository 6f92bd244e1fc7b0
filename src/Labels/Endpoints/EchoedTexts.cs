using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json.Nodes;

namespace Tda.Labels.Endpoints;

/// <summary>
/// How likely a model behind an API of completions finds texts: the text goes in as the prompt, <c>echo</c> brings it back, and
/// <c>logprobs</c> say how likely each of its tokens was.
/// </summary>
/// <param name="pipeline">Sends requests, with the key and headers of the API.</param>
/// <param name="address">Address of <c>/completions</c>.</param>
/// <param name="model">The model's name there.</param>
internal sealed class EchoedTexts(ClientPipeline pipeline, Uri address, string model)
{
    /// <summary>Runs a request as patiently as the user wants.</summary>
    public delegate Task<string> Patience(Func<CancellationToken, Task<string>> ask, CancellationToken cancel);

    /// <summary>Measures every text. The shortest is tried first: where the API can't tell even that one, the others aren't sent.</summary>
    public async Task<Likelihoods> MeasureAsync(
        IReadOnlyList<string> texts, int concurrency, Patience patiently, IProgressSink progress, CancellationToken cancel)
    {
        var found = new TextLikelihood?[texts.Count];
        var missing = new string?[texts.Count];
        var shortest = Enumerable.Range(0, texts.Count).MinBy(i => texts[i].Length);
        await MeasureAsync(shortest, cancel);
        if (found[shortest] is null)
        {
            return new Likelihoods(found, missing[shortest]);
        }

        var done = 1;
        using var task = progress.Start("perplexity", texts.Count, "texts");
        await Parallel.ForEachAsync(
            Enumerable.Range(0, texts.Count).Where(i => i != shortest),
            new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancel },
            async (i, token) =>
            {
                await MeasureAsync(i, token);
                task.Report(Interlocked.Increment(ref done));
            });
        return new Likelihoods(found, missing.FirstOrDefault(reason => reason is not null));

        async Task MeasureAsync(int i, CancellationToken token)
        {
            try
            {
                (found[i], missing[i]) = Read(texts[i], await patiently(once => PostAsync(texts[i], once), token));
            }
            catch (ClientResultException error)
            {
                missing[i] =
                    $"the endpoint refuses to echo a text with logprobs (status {error.Status}): {PatientCalls.InOneLine(error.Message)}";
            }
        }
    }

    private async Task<string> PostAsync(string text, CancellationToken cancel)
    {
        using var message = pipeline.CreateMessage();
        message.Apply(new RequestOptions { CancellationToken = cancel });
        message.Request.Method = "POST";
        message.Request.Uri = address;
        message.Request.Headers.Set("Content-Type", "application/json");
        // One token more than the text, since not every API takes none.
        var body = new JsonObject
        {
            ["model"] = model,
            ["prompt"] = text,
            ["max_tokens"] = 1,
            ["temperature"] = 0,
            ["echo"] = true,
            ["logprobs"] = 1,
        };
        message.Request.Content = BinaryContent.Create(BinaryData.FromString(body.ToJsonString(JsonDefaults.Options)));
        await pipeline.SendAsync(message);
        var response = message.Response!;
        return response.IsError ? throw new ClientResultException(Reason(response), response) : response.Content.ToString();
    }

    /// <summary>OpenAI's error message where the answer has one.</summary>
    private static string Reason(PipelineResponse response)
    {
        try
        {
            return JsonNode.Parse(response.Content)?["error"]?["message"]?.GetValue<string>() ?? response.ReasonPhrase;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return response.ReasonPhrase;
        }
    }

    /// <summary>Sums what the answer says of the text's own tokens; the first has no probability where nothing stands before it.</summary>
    private static (TextLikelihood? Found, string? Missing) Read(string text, string answer)
    {
        try
        {
            var root = JsonNode.Parse(answer);
            var choice = root?["choices"]?[0];
            if (choice?["text"]?.GetValue<string>().TrimStart().StartsWith(text.TrimStart(), StringComparison.Ordinal) != true)
            {
                return (null, "the endpoint doesn't echo the text");
            }

            if (choice["logprobs"]?["token_logprobs"] is not JsonArray logprobs
                || root!["usage"]?["completion_tokens"]?.GetValue<int>() is not { } generated)
            {
                return (null, "the endpoint echoes the text, but says no log-probabilities or not how many tokens are its own");
            }

            double[] own = [.. logprobs.SkipLast(generated).Select(logprob => logprob?.GetValue<double>()).OfType<double>()];
            return own.Length > 0 ? (new TextLikelihood(own.Length, -own.Sum()), null)
                : (null, "the endpoint says no log-probability of the text's tokens");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or ArgumentOutOfRangeException)
        {
            return (null, "the endpoint's answer isn't one of OpenAI's completions");
        }
    }
}

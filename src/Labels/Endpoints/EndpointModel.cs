using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using OpenAI;
using OpenAI.Chat;

namespace Tda.Labels.Endpoints;

/// <summary>
/// A model behind an OpenAI-compatible API, asked by chat. Waits when the API says that it is asked too much (429) or is out of order
/// (5xx, no connection), as long as <see cref="AskOptions.Patience"/> allows; a prompt that the API refuses (400, 422) is an answer of its own.
/// </summary>
/// <param name="endpoint">Base address with its <c>/v1</c>.</param>
/// <param name="model">The model's name there.</param>
/// <param name="key">API key; null sends none that means anything.</param>
/// <param name="headers">Headers of every request, such as those that Tda's gateway records as tags.</param>
/// <param name="time">Clock of the waiting.</param>
public sealed class EndpointModel(Uri endpoint, string model, string? key, IReadOnlyDictionary<string, string> headers, TimeProvider time) : IAskedModel
{
    private readonly PatientCalls _calls = new($"{model} at {endpoint.GetLeftPart(UriPartial.Path)}", time);

    /// <inheritdoc/>
    public string Name => $"{model} at {endpoint.GetLeftPart(UriPartial.Path)}";

    /// <inheritdoc/>
    public async IAsyncEnumerable<GivenAnswer> AskAsync(
        IReadOnlyList<Question> questions, AskOptions options, IProgressSink progress, [EnumeratorCancellation] CancellationToken cancel)
    {
        var client = Client();
        var answers = Channel.CreateUnbounded<GivenAnswer>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var asking = Task.Run(
            async () =>
            {
                Exception? failure = null;
                try
                {
                    await Parallel.ForEachAsync(
                        questions, new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = stop.Token },
                        async (question, token) => await answers.Writer.WriteAsync(await AskAsync(client, question, options, token), token));
                }
                catch (Exception error)
                {
                    failure = error; // reaches the reader behind the answers that came before
                }

                answers.Writer.Complete(failure);
            },
            CancellationToken.None);
        try
        {
            await foreach (var answer in answers.Reader.ReadAllAsync(cancel))
            {
                yield return answer;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await asking;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Chat APIs don't tell it; an API of completions does where it takes <c>echo</c> with <c>logprobs</c>.</remarks>
    public Task<Likelihoods> LikelihoodsAsync(
        IReadOnlyList<string> texts, AskOptions options, IProgressSink progress, CancellationToken cancel)
    {
        var pipeline = ClientPipeline.Create(
            ClientOptions(), [new HeaderPolicy(headers)], [ApiKeyAuthenticationPolicy.CreateBearerAuthorizationPolicy(Credential)], []);
        var echo = new EchoedTexts(pipeline, new Uri($"{endpoint.ToString().TrimEnd('/')}/completions"), model);
        return echo.MeasureAsync(
            texts, options.Concurrency, (ask, token) => _calls.RunAsync(ask, options.Patience, token), progress, cancel);
    }

    private ApiKeyCredential Credential => new(key ?? "none");

    private OpenAIClientOptions ClientOptions() => new()
    {
        Endpoint = endpoint,
        NetworkTimeout = TimeSpan.FromMinutes(5),
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0), // ours knows how long the user wants to wait
    };

    private ChatClient Client()
    {
        var options = ClientOptions();
        options.AddPolicy(new HeaderPolicy(headers), PipelinePosition.PerCall);
        return new ChatClient(model, Credential, options);
    }

    private async Task<GivenAnswer> AskAsync(ChatClient client, Question question, AskOptions options, CancellationToken cancel)
    {
        var settings = new ChatCompletionOptions { MaxOutputTokenCount = options.MaxTokens, Temperature = (float)options.Temperature };
#pragma warning disable OPENAI001 // seeds are marked experimental in the client; without one no measurement could be repeated
        settings.Seed = options.Seed + question.Index;
#pragma warning restore OPENAI001
        UserChatMessage[] messages = [new(question.Prompt)];
        try
        {
            ChatCompletion completion =
                await _calls.RunAsync(token => client.CompleteChatAsync(messages, settings, token), options.Patience, cancel);
            var text = string.Concat(completion.Content.Select(part => part.Text));
            return new GivenAnswer(question, text, text.Length == 0 ? completion.Refusal : null);
        }
        catch (ClientResultException error) when (error.Status is 400 or 422)
        {
            return new GivenAnswer(question, "", PatientCalls.InOneLine(error.Message));
        }
        catch (ClientResultException error)
        {
            throw new TdaException($"{Name} refuses to answer (status {error.Status}): {PatientCalls.InOneLine(error.Message)}", error);
        }
    }
}

/// <summary>Sets headers on every request of an OpenAI client.</summary>
public sealed class HeaderPolicy(IReadOnlyDictionary<string, string> headers) : PipelinePolicy
{
    public override void Process(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        SetOn(message);
        ProcessNext(message, pipeline, currentIndex);
    }

    public override ValueTask ProcessAsync(PipelineMessage message, IReadOnlyList<PipelinePolicy> pipeline, int currentIndex)
    {
        SetOn(message);
        return ProcessNextAsync(message, pipeline, currentIndex);
    }

    private void SetOn(PipelineMessage message)
    {
        foreach (var (name, value) in headers)
        {
            message.Request.Headers.Set(name, value);
        }
    }
}

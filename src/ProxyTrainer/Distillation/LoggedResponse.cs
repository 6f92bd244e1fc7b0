using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Tda.ProxyTrainer.Distillation.Alignment;
using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>What the closed model answered, as distillation needs it of an exchange.</summary>
/// <param name="Prompt">The prompt, as text.</param>
/// <param name="Response">The answer's text.</param>
/// <param name="Logprob">Sum of the answer's log-probabilities in nats, where the closed model gave them.</param>
public sealed record LoggedResponse(string Prompt, string Response, double? Logprob = null)
{
    /// <summary>The chat that the prompt is of, for tokenizers with a chat template; null for a completion.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>The answer's tokens with their log-probabilities, where the log has them and they belong to the text.</summary>
    [JsonIgnore]
    public UpstreamTokens? Tokens { get; init; }

    /// <summary>Why logged log-probabilities can't be used; the answer's text can.</summary>
    [JsonIgnore]
    public string? LogprobFault { get; init; }

    /// <summary>The exchange's id, for messages; no part of what is learned.</summary>
    [JsonIgnore]
    public string? Exchange { get; init; }

    /// <summary>An exchange that has a prompt and a response. Log-probabilities that don't fit the answer are left out, and <see cref="LogprobFault"/> says why.</summary>
    public static LoggedResponse Of(Exchange exchange)
    {
        var answer = new LoggedResponse(exchange.Prompt!, exchange.Response!) { Exchange = exchange.Id, Messages = exchange.Messages };
        return exchange.Logprobs is not { Count: > 0 } logged ? answer
            : UpstreamTokens.TryRead(answer.Response, logged, out var tokens, out var fault) ? answer with { Tokens = tokens, Logprob = tokens.Logprob }
            : answer with { LogprobFault = fault };
    }

    /// <summary>SHA-256 of everything that can be learned of some answers, in their order, lower-case hex.</summary>
    public static string Hash(IReadOnlyList<LoggedResponse> answers)
    {
        // Piece by piece: the log-probabilities of a long log don't fit into one array.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("["u8);
        for (var i = 0; i < answers.Count; i++)
        {
            hash.AppendData(i == 0 ? [] : ","u8);
            hash.AppendData(JsonSerializer.SerializeToUtf8Bytes(answers[i], JsonDefaults.Options));
        }

        hash.AppendData("]"u8);
        Span<byte> number = stackalloc byte[sizeof(double)];
        foreach (var token in answers.SelectMany(answer => answer.Tokens?.Tokens ?? []))
        {
            Append(token.Text, token.Logprob ?? double.NaN, number);
            foreach (var alternative in token.Alternatives)
            {
                Append(alternative.Text, alternative.Logprob, number);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(string text, double logprob, Span<byte> buffer)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
            BinaryPrimitives.WriteDoubleLittleEndian(buffer, logprob);
            hash.AppendData(buffer);
        }
    }

    /// <summary>The answer with its prompt, but without loss on that.</summary>
    /// <param name="tokenizer">The surrogate's.</param>
    /// <param name="context">Most tokens; see <see cref="TrainingExample.FromResponse"/>.</param>
    /// <param name="weight">Of the answer's tokens.</param>
    public TrainingExample Example(ITokenizer tokenizer, int context, float weight = 1) => TrainingExample.FromResponse(
        tokenizer.BosId, tokenizer.EncodePrompt(Prompt, Messages), tokenizer.Encode(Response), tokenizer.EosId, context, weight);

    /// <summary>The same, with the closed model's probabilities where they are known; answers that are longer than the context lose those of their end.</summary>
    /// <param name="targets">Of the same tokenizer.</param>
    /// <param name="context">Most tokens.</param>
    /// <param name="share">α.</param>
    /// <param name="temperature">T.</param>
    /// <param name="weight">Of the answer's tokens.</param>
    public TrainingExample Example(AnswerTargets targets, int context, double share, double temperature, float weight = 1)
    {
        var answer = targets.Tokenizer.Encode(Response);
        var example = TrainingExample.FromResponse(
            targets.Tokenizer.BosId, targets.Tokenizer.EncodePrompt(Prompt, Messages), answer, targets.Tokenizer.EosId, context, weight);
        var first = example.Tokens.Length - example.LabelCount;
        TargetRun[] runs =
        [
            .. targets.Of(this, answer).Where(run => run.Start + run.Count <= example.LabelCount).Select(run => run with { Start = first + run.Start }),
        ];
        return runs.Length == 0 ? example : example with { Targets = new SoftTargets((float)share, temperature, runs) };
    }
}

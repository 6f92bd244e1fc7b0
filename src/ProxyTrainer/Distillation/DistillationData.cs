using Tda.ProxyTrainer.Training;

namespace Tda.ProxyTrainer.Distillation;

/// <summary>Corpus and log as training examples.</summary>
internal static class DistillationData
{
    /// <summary>Documents whole, then answers with their prompts but without loss on them.</summary>
    public static List<TrainingExample> Examples(
        IEnumerable<Document> documents, IEnumerable<LoggedResponse> responses, ITokenizer tokenizer, int context, float responseWeight)
    {
        var examples = new List<TrainingExample>();
        foreach (var document in documents)
        {
            examples.AddRange(TrainingExample.FromDocument([tokenizer.BosId, .. tokenizer.Encode(document.Text), tokenizer.EosId], context));
        }

        examples.AddRange(responses.Select(response => Example(tokenizer, response, context, responseWeight)));
        return examples;
    }

    public static TrainingExample Example(ITokenizer tokenizer, LoggedResponse response, int context, float weight = 1) =>
        TrainingExample.FromResponse(
            tokenizer.BosId, tokenizer.Encode(response.Prompt), tokenizer.Encode(response.Response), tokenizer.EosId, context, weight);
}

/// <summary>What the closed model answered, as distillation needs it of an exchange.</summary>
/// <param name="Prompt">The prompt, as text.</param>
/// <param name="Response">The answer's text.</param>
/// <param name="Logprob">Sum of the answer's log-probabilities in nats, where the closed model gave them.</param>
public sealed record LoggedResponse(string Prompt, string Response, double? Logprob = null);
